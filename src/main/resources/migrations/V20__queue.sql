-- When the event of a night's use was written; 0: not yet. Nights before this version have no such event.
alter table schedule_run add column reported_at bigint not null default 0;
update schedule_run set reported_at = worked_at;

-- The memory of a node for which the run's task really asked, by the cluster's accounting; null: as its batch says. It differs
-- where a batch was resized while some of its tasks had started already.
alter table run add column memory_mib integer;
