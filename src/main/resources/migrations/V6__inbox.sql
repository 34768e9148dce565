-- What lies in an inbox and is not complete yet, as the last look found it.
create table inbox_entry (
  path       text   not null primary key, -- below inbox/, such as ndvi/scene.tif
  recipe     text   not null,
  missing    text   not null,             -- what it waits for, for people
  first_seen bigint not null,             -- on the wall clock
  waited_ms  bigint not null              -- counted only while Swath looked and the storage answered
);

-- Whether a control request was carried out (DONE) or refused (REFUSED); null while it is open.
alter table control add column result text;
update control set result = case when outcome like 'done%' then 'DONE' else 'REFUSED' end where done_at is not null;

-- The wall time that a task measured itself, in microseconds; null where it left no evidence.
alter table run add column wall_us bigint;
