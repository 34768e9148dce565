-- A part of a GPU by what runs have needed of one.
alter table run add column gpu_mib integer;       -- the most memory of one GPU at once; null: not measured
alter table run add column gpu_card_mib integer;  -- the memory of that GPU
alter table run add column gpu_percent integer;   -- of the time in which it used the GPU
alter table run add column gpu_source text not null default ''; -- how the memory was measured
alter table batch add column gpu_type text not null default ''; -- of the GPUs or slices of gpus; empty: of the placement, or any
alter table batch add column mps integer not null default 0;    -- of one GPU, as Slurm counts it
alter table batch add column gpu_part double precision not null default 0; -- of one GPU; 0: not known, or no GPU
update batch set gpu_part = 1 where gpus > 0;
-- The smallest GPU on which runs of the class were measured, in MiB; 0: none was.
alter table sizing add column card_mib integer not null default 0;
-- What runs on one GPU, or a part of one, have used of it: those of batches with counted = 1, by recipe and step.
create table gpu_total (
  recipe      text             not null,
  step        text             not null,
  elapsed_us  double precision not null, -- as long as a whole GPU for each of them would have been taken
  asked_us    double precision not null, -- elapsed time x the part of a GPU that they asked for
  measured_us double precision not null, -- elapsed time of the runs that were measured
  needed_us   double precision not null, -- elapsed time x the part that these needed: of its memory, or of its time
  primary key (recipe, step)
);
