-- What a server keeps beside the log. docs/formats/store.md explains each column.
create table session (
  id text primary key,
  token blob not null unique check (length(token) = 32),
  actor text not null,
  opened_at integer not null,
  expires_at integer not null,
  last_used integer not null,
  label text not null,
  revoked_at integer
) strict;

create index session_by_actor on session (actor, id);

create table join_token (
  id text primary key,
  expires_at integer not null,
  made_by text not null,
  made_at integer not null,
  used_by text not null,
  used_at integer not null
) strict;

create table join_request (
  host text primary key,
  token text not null,
  bytes blob not null,
  mac blob not null,
  at integer not null,
  address text not null,
  state integer not null check (state between 0 and 2)
) strict;

create index join_request_by_state on join_request (state, host);

create table contact (
  host text primary key,
  at integer not null,
  agent text not null,
  checkpoint_size integer not null,
  counter integer not null,
  boot text not null,
  serial text not null,
  not_after integer not null
) strict;

create table denial (
  kind integer not null check (kind between 0 and 1),
  value text not null,
  at integer not null,
  by text not null,
  why text not null,
  primary key (kind, value)
) strict;

create table plan_request (
  digest blob primary key check (length(digest) = 32),
  record blob not null,
  bytes blob not null,
  state blob not null check (length(state) = 32),
  author text not null,
  not_after integer not null
) strict;

create index plan_request_by_end on plan_request (not_after);

create table plan_class (
  digest blob primary key check (length(digest) = 32),
  bytes blob not null
) strict;

create table plan_answer (
  request blob not null references plan_request (digest) on delete cascade,
  host text not null,
  at integer not null,
  record blob not null,
  bytes blob not null,
  class blob not null check (length(class) = 32),
  why text not null,
  primary key (request, host)
) strict;

create index plan_answer_by_class on plan_answer (class);

create table request (
  actor text not null,
  name text not null,
  digest blob not null check (length(digest) = 32),
  at integer not null,
  status integer,
  body blob,
  primary key (actor, name)
) strict;

create index request_by_time on request (at);

create table report (
  host text not null,
  counter integer not null,
  digest blob not null unique check (length(digest) = 32),
  at integer not null,
  blob blob not null check (length(blob) = 32),
  entry integer,
  primary key (host, counter)
) strict;

create index report_unnamed on report (digest) where entry is null;

create table work_line (
  change blob not null check (length(change) = 32),
  host text not null,
  position integer not null,
  at integer not null,
  text text not null,
  primary key (change, host, position)
) strict;
