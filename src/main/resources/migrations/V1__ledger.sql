-- The ledger. Times are milliseconds since 1970-01-01 UTC; flags are 0 or 1; a list is words with a space between.

create table scene (
  id           text    not null primary key,
  name         text    not null,
  recipe       text    not null,
  recipe_hash  text    not null,
  content_key  text    not null,
  door         text    not null,
  priority     text    not null,
  state        text    not null,
  reason       text    not null,
  held         integer not null default 0,
  suspended    integer not null default 0,
  width        integer not null default 0,
  height       integer not null default 0,
  tile_count   integer not null default 0,
  plan         text    not null default '',
  accepted_at  bigint  not null,
  changed_at   bigint  not null
);
-- The same scene with the same recipe and content is accepted once; one that was rejected or cancelled may come again.
create unique index scene_once on scene (recipe, content_key) where state not in ('REJECTED', 'CANCELLED');
create index scene_by_state on scene (state, accepted_at);

create table scene_history (
  scene_id text   not null references scene (id),
  at       bigint not null,
  state    text   not null,
  reason   text   not null
);
create index scene_history_by_scene on scene_history (scene_id, at);

-- Tile -1 is the scene's assembly: it is sized, submitted, tracked and tried again like any other.
create table tile (
  scene_id   text    not null references scene (id),
  idx        integer not null,
  core_x     integer not null,
  core_y     integer not null,
  core_w     integer not null,
  core_h     integer not null,
  read_x     integer not null,
  read_y     integer not null,
  read_w     integer not null,
  read_h     integer not null,
  state      text    not null,
  step       integer not null,            -- the next one to do, from 0
  attempts   integer not null default 0,  -- runs of that step so far
  faults     integer not null default 0,  -- of those, the ones that count against the recipe's retries
  mishaps    integer not null default 0,  -- and those that were nobody's fault: NODE, PREEMPTED, LOST
  memory_mib integer,                     -- what its history asks for; null: the recipe's first guess
  time_s     integer,
  excluded   text    not null default '', -- nodes it must not go to
  primary key (scene_id, idx)
);
create index tile_by_state on tile (scene_id, state, idx);

create table batch (
  token        text    not null primary key,
  scene_id     text    not null references scene (id),
  number       integer not null,
  step_index   integer not null,
  step         text    not null,
  size         integer not null,
  partition_   text    not null,
  cpus         integer not null,
  memory_mib   integer not null,
  time_s       integer not null,
  gpus         integer not null,
  shards       integer not null,
  excluded     text    not null,
  depends_on   text    not null,
  state        text    not null,
  cluster_id   text    not null default '',
  attempts     integer not null default 0,
  created_at   bigint  not null,
  submitted_at bigint  not null default 0,
  due_at       bigint  not null,
  unique (scene_id, number)
);
create index batch_by_state on batch (state, due_at);

create table run (
  token          text    not null references batch (token),
  idx            integer not null,
  scene_id       text    not null,
  step_index     integer not null,
  step           text    not null,
  tile           integer not null,
  attempt        integer not null,
  state          text    not null,
  cause          text,
  detail         text    not null default '',
  missing_since  bigint,
  job_id         text    not null default '',
  word           text    not null default '',
  partition_     text    not null default '',
  node           text    not null default '',
  exit_code      integer,
  signal         integer,
  submitted_at   bigint,
  eligible_at    bigint,
  started_at     bigint,
  ended_at       bigint,
  elapsed_s      bigint,
  cpus           integer,
  cpu_ms         bigint,
  memory_kib     bigint,
  requested_tres text    not null default '',
  allocated_tres text    not null default '',
  restarts       integer not null default 0,
  pending_reason text    not null default '',
  expected_start bigint,
  note           text    not null default '',
  primary key (token, idx)
);
create index run_by_scene on run (scene_id, step_index, tile, attempt);
create index run_open on run (token, state) where state in ('INTENT', 'QUEUED', 'RUNNING');

-- What is still to be sent. An accounting record's data is its run's row, which no longer changes.
create table outbox (
  id         text    not null primary key,
  type       text    not null,
  subject    text    not null,
  data       text    not null,
  created_at bigint  not null,
  sent_at    bigint
);
create index outbox_unsent on outbox (created_at, id) where sent_at is null;

create table control (
  id           text   not null primary key,
  scene_id     text   not null references scene (id),
  verb         text   not null,
  requested_at bigint not null,
  done_at      bigint,
  outcome      text   not null default ''
);
create index control_due on control (requested_at) where done_at is null;
