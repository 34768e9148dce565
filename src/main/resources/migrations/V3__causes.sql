-- What a failure's cause asks for: a larger share of a GPU, a pause before the next attempt, sick nodes left out.
alter table tile add column gpu double precision;              -- the share its history asks for; null: the recipe's
alter table tile add column due_at bigint not null default 0;  -- not submitted before, by the steady clock

create index run_node_failures on run (ended_at) where cause = 'NODE';

-- How long a run has been absent is counted in memory, from answers that were got.
alter table run drop column missing_since;
