-- What hosts were given work with, so that their decisions can be shown later.
create table fresh (
  digest blob primary key check (length(digest) = 32),
  at integer not null,
  bytes blob not null,
  record blob not null,
  stops blob not null
) strict;

create index fresh_by_time on fresh (at);
