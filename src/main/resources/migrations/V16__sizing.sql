-- What runs that have ended have taught about what later ones need: see submission/sizing.
create table sizing (
  recipe      text    not null,
  recipe_hash text    not null, -- of the recipe whose runs taught it
  step        text    not null,
  partition_  text    not null,
  gpu         integer not null, -- whether the step asks for a GPU
  quantity    text    not null, -- MEMORY or TIME
  runs        bigint  not null,
  megabytes   double precision not null, -- what the last of them read
  state       text    not null, -- as submission/sizing writes it
  changed_at  bigint  not null,
  primary key (recipe, step, partition_, gpu, quantity, recipe_hash)
);

-- Bytes of a pixel, of all bands that the recipe reads; 0: planned by an older version.
alter table scene add column pixel_bytes integer not null default 0;
-- Why a batch asks for as much as it does, for people.
alter table batch add column why text not null default '';
-- The recipe as it was when the batch was written.
alter table batch add column recipe_hash text not null default '';
-- Whether what the run used is learned already. Runs of older versions teach nothing.
alter table run add column learned integer not null default 1;
create index run_unlearned on run (ended_at) where learned = 0 and ended_at is not null;

-- tile.memory_mib and tile.time_s: the most with which an attempt at the present step was killed for memory, or at its time
-- limit; null: none was. (They were what the next attempt asks for.)
update tile set memory_mib = null where memory_mib is not null and not exists (select 1 from run
  where run.scene_id = tile.scene_id and run.step_index = tile.step and run.tile = tile.idx and run.cause = 'OUT_OF_MEMORY');
update tile set time_s = null where time_s is not null and not exists (select 1 from run
  where run.scene_id = tile.scene_id and run.step_index = tile.step and run.tile = tile.idx and run.cause = 'TIMEOUT');

-- Asked for and used, of the runs of which both are known; only of runs that this version or a later one has counted.
alter table usage_total add column asked_mib_us double precision not null default 0; -- requested memory x elapsed time
alter table usage_total add column peak_mib_us double precision not null default 0;  -- peak memory x elapsed time
alter table usage_total add column limit_us double precision not null default 0;     -- time limits
alter table usage_total add column limited_us double precision not null default 0;   -- their elapsed times
