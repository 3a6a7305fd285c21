-- The log, and what it names. docs/formats/store.md explains each column.
create table ledger (
  id integer primary key check (id = 1),
  size integer not null,
  last_at integer not null,
  fence integer not null,
  holder text not null,
  lease_until integer not null
) strict;

insert into ledger (id, size, last_at, fence, holder, lease_until) values (1, 0, 0, 0, '', 0);

create table entry (
  seq integer primary key,
  at integer not null,
  leaf blob not null check (length(leaf) = 32),
  bytes blob not null
) strict;

create table tile_root (
  level integer not null check (level between 1 and 7),
  position integer not null,
  hash blob not null check (length(hash) = 32),
  primary key (level, position)
) strict, without rowid;

create table checkpoint (
  id integer primary key check (id = 1),
  size integer not null,
  note blob not null
) strict;

create table record (
  statement blob primary key check (length(statement) = 32),
  object blob not null check (length(object) = 32),
  bytes blob not null
) strict;

create index record_by_object on record (object, statement);

create table document (
  digest blob primary key check (length(digest) = 32),
  type text not null,
  version integer not null,
  bytes blob not null
) strict;

create index document_by_version on document (type, version, digest);

create table blob (
  digest blob primary key check (length(digest) = 32),
  size integer not null
) strict;

create table blob_chunk (
  digest blob not null references blob (digest) on delete cascade,
  position integer not null,
  bytes blob not null,
  primary key (digest, position)
) strict;
