-- What scenes wait for, as the last look found it: one row for each cause. Causes that pass by themselves share a row.
create table scene_wait (
  scene_id text   not null references scene (id),
  source   text   not null, -- who looks: queue (the cluster's queue) or swath
  slot     text   not null, -- the reason; or the kind, if it passes by itself
  reason   text   not null, -- such as QOSMaxMemoryPerJob
  kind     text   not null, -- PERSON, UNKNOWN, LIMIT, PASSES or FOLLOWS
  what     text   not null, -- in words, and what to do
  who      text   not null, -- who can end it
  since    bigint not null, -- when it was first found, on the wall clock
  waited   bigint not null, -- milliseconds in which it was found, by a clock that only runs forward
  unseen   bigint not null, -- milliseconds since the last look that found it, by the same clock
  started  bigint not null, -- tasks of the scene that had started when it was last found
  primary key (scene_id, source, slot)
);
