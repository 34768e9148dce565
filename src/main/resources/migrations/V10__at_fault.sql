-- Who is at fault when a run failed: RUN, NODE, BROKEN_NODE, STORAGE or OTHERS; null: the run has not failed, or an older
-- Swath recorded it. Swath asks again and again for recent failures and for those of unfinished scenes, so these indexes
-- leave out all failures of the past.
alter table run add column at_fault text;
drop index run_node_failures;
create index run_at_fault on run (at_fault, ended_at) where at_fault is not null;
create index run_without_storage on run (scene_id) where at_fault = 'STORAGE';
