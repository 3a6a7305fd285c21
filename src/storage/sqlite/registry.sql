-- name: savepoint
savepoint one;

-- name: keep_savepoint
release one;

-- name: undo_savepoint
rollback to one;

-- name: put_session
insert into session (id, token, actor, opened_at, expires_at, last_used, label)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict do nothing;

-- name: session_of
select id, token, actor, opened_at, expires_at, last_used, label, revoked_at from session
  where token = ?1;

-- name: sessions_by
select id, token, actor, opened_at, expires_at, last_used, label, revoked_at from session
  where actor = ?1 order by id limit ?2;

-- name: touch_session
update session set last_used = ?2 where id = ?1 and last_used < ?2;

-- name: revoke_session
update session set revoked_at = coalesce(revoked_at, ?2) where id = ?1;

-- name: drop_sessions
delete from session where expires_at <= ?1;

-- name: put_join_token
insert into join_token (id, expires_at, made_by, made_at, used_by, used_at)
  values (?1, ?2, ?3, ?4, '', 0) on conflict do nothing;

-- name: join_token
select id, expires_at, made_by, made_at, used_by, used_at from join_token where id = ?1;

-- name: use_join_token
update join_token set used_by = ?2, used_at = ?3 where id = ?1;

-- name: join_tokens
select id, expires_at, made_by, made_at, used_by, used_at from join_token where id > ?1
  order by id limit ?2;

-- name: remove_join_token
delete from join_token where id = ?1;

-- name: drop_join_tokens
delete from join_token where expires_at <= ?1;

-- name: put_join_request
insert into join_request (host, token, bytes, mac, at, address, state)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (host) do update set token = excluded.token,
  bytes = excluded.bytes, mac = excluded.mac, at = excluded.at, address = excluded.address,
  state = excluded.state where state <> 1;

-- name: join_request
select host, token, bytes, mac, at, address, state from join_request where host = ?1;

-- name: join_requests
select host, token, bytes, mac, at, address, state from join_request where state = ?1 and host > ?2
  order by host limit ?3;

-- name: move_join_request
update join_request set state = ?2 where host = ?1;

-- name: put_contact
insert into contact (host, at, agent, checkpoint_size, counter, boot, serial, not_after)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (host) do update set at = excluded.at,
  agent = excluded.agent, checkpoint_size = excluded.checkpoint_size, counter = excluded.counter,
  boot = excluded.boot, serial = excluded.serial, not_after = excluded.not_after
  where excluded.at >= at;

-- name: contact
select host, at, agent, checkpoint_size, counter, boot, serial, not_after from contact
  where host = ?1;

-- name: contacts
select host, at, agent, checkpoint_size, counter, boot, serial, not_after from contact
  where host > ?1 order by host limit ?2;

-- name: put_denial
insert into denial (kind, value, at, by, why) values (?1, ?2, ?3, ?4, ?5) on conflict do nothing;

-- name: remove_denial
delete from denial where kind = ?1 and value = ?2;

-- name: denials
select kind, value, at, by, why from denial where kind = ?1 and value > ?2 order by value limit ?3;

-- name: is_denied
select 1 from denial where kind = ?1 and value = ?2;

-- name: put_plan_request
insert into plan_request (digest, record, bytes, state, author, not_after)
  values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing;

-- name: plan_request
select digest, record, bytes, state, author, not_after from plan_request where digest = ?1;

-- name: open_plan_requests
select digest, record, bytes, state, author, not_after from plan_request where not_after > ?1
  order by digest limit ?2;

-- name: put_plan_class
insert into plan_class (digest, bytes) values (?1, ?2) on conflict do nothing;

-- name: plan_class
select bytes from plan_class where digest = ?1;

-- name: put_plan_answer
insert into plan_answer (request, host, at, record, bytes, class, why)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: plan_answer
select request, host, at, record, bytes, class, why from plan_answer
  where request = ?1 and host = ?2;

-- name: plan_answers
select request, host, at, record, bytes, class, why from plan_answer
  where request = ?1 and host > ?2 order by host limit ?3;

-- name: drop_plan_requests
delete from plan_request where not_after < ?1;

-- name: drop_plan_classes
delete from plan_class where not exists (select 1 from plan_answer where class = plan_class.digest);

-- name: request
select digest, at, status, body from request where actor = ?1 and name = ?2;

-- name: reserve_request
insert into request (actor, name, digest, at) values (?1, ?2, ?3, ?4)
  on conflict (actor, name) do update set at = excluded.at;

-- name: finish_request
update request set status = ?3, body = ?4 where actor = ?1 and name = ?2;

-- name: release_request
delete from request where actor = ?1 and name = ?2 and status is null;

-- name: drop_requests
delete from request where at < ?1;

-- name: put_report
insert into report (host, counter, digest, at, blob) values (?1, ?2, ?3, ?4, ?5);

-- name: newest_report
select host, counter, digest, at, blob from report where host = ?1 order by counter desc limit 1;

-- name: report_at
select digest from report where host = ?1 and counter = ?2;

-- name: unnamed_reports
select host, counter, digest, at, blob from report where entry is null order by digest limit ?1;

-- name: name_report
update report set entry = ?2 where digest = ?1;

-- name: count_work_lines
select coalesce(max(position), -1) + 1 from work_line where change = ?1 and host = ?2;

-- name: put_work_line
insert into work_line (change, host, position, at, text) values (?1, ?2, ?3, ?4, ?5);

-- name: work_lines
select change, host, at, text from work_line where change = ?1 and host = ?2 and position >= ?3
  order by position limit ?4;

-- name: keep_fresh
insert into fresh (digest, at, bytes, record, stops) values (?1, ?2, ?3, ?4, ?5) on conflict do nothing;

-- name: fresh_until
select digest, at, bytes, record, stops from fresh where at <= ?1 order by at desc, digest limit 1;
