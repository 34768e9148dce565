-- When the event of a night's use was written; 0: not yet. Nights before this version have no such event.
alter table schedule_run add column reported_at bigint not null default 0;
update schedule_run set reported_at = worked_at;
