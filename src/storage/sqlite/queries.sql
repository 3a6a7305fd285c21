-- name: begin
begin immediate;

-- name: commit
commit;

-- name: rollback
rollback;

-- name: schema
select type || ' ' || name, sql from sqlite_schema
  where not (type in ('table', 'index') and name like 'sqlite~_%' escape '~');

-- name: migration_digest
select digest from migration where number = ?1;

-- name: add_migration
insert into migration (number, file, digest) values (?1, ?2, ?3);

-- name: head
select size, last_at, fence, holder, lease_until, (select max(seq) from entry) from ledger where id = 1;

-- name: take_lease
update ledger set fence = ?1, holder = ?2, lease_until = ?3 where id = 1;

-- name: renew_lease
update ledger set lease_until = ?1 where id = 1;

-- name: give_lease
update ledger set holder = '', lease_until = 0 where id = 1;

-- name: move_head
update ledger set size = ?1, last_at = ?2 where id = 1;

-- name: add_entry
insert into entry (seq, at, leaf, bytes) values (?1, ?2, ?3, ?4);

-- name: entries
select at, leaf, case when length(bytes) <= ?4 then bytes end, length(bytes), seq from entry
  where seq >= ?1 and seq < ?2 order by seq limit ?3;

-- name: leaves
select leaf from entry where seq >= ?1 and seq < ?2 order by seq limit ?3;

-- name: add_tile_root
insert into tile_root (level, position, hash) values (?1, ?2, ?3);

-- name: tile_roots
select hash from tile_root where position >= ?1 and position < ?2 and level = ?4 order by position limit ?3;

-- name: save_checkpoint
insert into checkpoint (id, size, note) values (1, ?1, ?2)
  on conflict (id) do update set size = excluded.size, note = excluded.note;

-- name: newest_checkpoint
select size, case when length(note) <= ?1 then note end, length(note) from checkpoint where id = 1;

-- name: add_record
insert into record (statement, object, bytes) values (?1, ?2, ?3) on conflict (statement) do nothing;

-- name: record
select statement, object, case when length(bytes) <= ?2 then bytes end, length(bytes) from record
  where statement = ?1;

-- name: records_about
select statement, object, case when length(bytes) <= ?2 then bytes end, length(bytes) from record
  where object = ?1 order by statement;

-- name: add_document
insert into document (digest, type, version, bytes) values (?1, ?2, ?3, ?4)
  on conflict (digest) do nothing;

-- name: document
select type, version, case when length(bytes) <= ?2 then bytes end, length(bytes) from document
  where digest = ?1;

-- name: next_version
select version from document where type = ?1 and version > ?2 order by version limit 1;

-- name: documents
select type, version, bytes from document where type = ?1 and version = ?2 and length(bytes) <= ?3
  order by digest;

-- name: add_blob
insert into blob (digest, size) values (?1, ?2) on conflict (digest) do nothing;

-- name: add_blob_chunk
insert into blob_chunk (digest, position, bytes) values (?1, ?2, ?3);

-- name: blob_size
select size from blob where digest = ?1;

-- name: blob_chunk
select case when length(bytes) <= ?3 then bytes end, length(bytes) from blob_chunk
  where digest = ?1 and position = ?2;

-- name: erase_blob
delete from blob where digest = ?1;
