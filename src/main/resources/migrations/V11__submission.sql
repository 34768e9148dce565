-- The cluster's last answer to a batch that it did not accept: the text, how often in a row, and since when.
alter table batch add column refusal text not null default '';
alter table batch add column refusals integer not null default 0;
alter table batch add column refused_at bigint not null default 0;

-- The highest number among a scene's batches that were withdrawn: a number is never used twice, nor is a token.
alter table scene add column last_batch integer not null default 0;
