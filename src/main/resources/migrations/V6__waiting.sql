-- The wall time that a task measured itself, in microseconds.
alter table run add column wall_us bigint;

-- What lies in an inbox and is not complete, as the last look found it. waited_ms counts only time in which Swath
-- looked and the storage answered.
create table inbox_entry (
    path        text   not null primary key,
    recipe      text   not null,
    missing     text   not null,
    first_seen  bigint not null,
    waited_ms   bigint not null
);
