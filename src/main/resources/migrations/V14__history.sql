-- What has ended costs nothing: no cycle and no list reads it as a whole, and retention archives and removes it.

-- What the ended runs used, by recipe, step, partition and outcome. Runs of batches with counted = 0 are not in it yet.
create table usage_total (
  recipe                text             not null,
  step                  text             not null,
  partition_            text             not null,
  outcome               text             not null, -- the cause of a failure, or SUCCEEDED
  runs                  bigint           not null,
  elapsed_us            double precision not null,
  allocated_us          double precision not null, -- elapsed time x CPUs
  used_ms               double precision not null, -- CPU time
  measured_allocated_us double precision not null, -- allocated_us of the runs whose CPU time is known
  measured_used_ms      double precision not null, -- used_ms of the runs whose elapsed time is known
  memory_mib            bigint           not null, -- the highest request
  peak_kib              bigint           not null, -- the highest peak
  primary key (recipe, step, partition_, outcome)
);
alter table batch add column counted integer not null default 0;
create index batch_uncounted on batch (state, created_at) where counted = 0;

-- A file with the accounting records of runs, below archive/ on the storage. Its runs are those of the batches that name
-- it: they are chosen in one transaction, then the file is written, and only after that they are removed.
create table archive (
  name       text    not null primary key,
  month      text    not null,            -- such as 2026-11, of the creation of its batches
  runs       bigint  not null,
  chosen_at  bigint  not null,
  written_at bigint,                      -- null: the file may be missing or old
  removed_at bigint                       -- null: its runs are still in the ledger
);
create index archive_open on archive (chosen_at) where removed_at is null;
alter table batch add column archive text references archive (name);
create index batch_by_archive on batch (archive) where archive is not null;
create index batch_unarchived on batch (state, created_at) where archive is null;
-- The last file with runs of the scene, and the last version of which it has some.
alter table scene add column archive text not null default '';
alter table scene add column archived integer not null default 0;

-- What is left in the scene's work folder: WHOLE, STARTED (being packed and removed), LOGS (packed, with the evidence) or NONE.
alter table scene add column work text not null default 'WHOLE';
create index scene_by_work on scene (work, state, changed_at) where work <> 'NONE';

create index scene_by_change on scene (changed_at desc, id);
create index scene_uncovered on scene (id) where covered = 0 and plan <> '';
create index tile_paused on tile (due_at) where state = 'WAITING' and due_at > 0;
create index control_by_scene on control (scene_id);
create index outbox_sent on outbox (sent_at) where sent_at is not null and type <> 'io.swath.dead';
create index outbox_of_scene on outbox (subject) where type <> 'io.swath.accounting.run';
