-- How many runs one array task makes, one after the other.
alter table batch add column per_task integer not null default 1;
