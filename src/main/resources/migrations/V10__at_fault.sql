-- Who is at fault when a run failed: RUN, NODE, BROKEN_NODE, STORAGE or OTHERS; null: the run has not failed, or an older
-- Swath recorded it.
alter table run add column at_fault text;
create index run_at_fault on run (at_fault) where at_fault is not null;
