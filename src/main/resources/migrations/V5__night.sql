-- The night does scenes again: the same scene, another version of its product.
alter table scene add column version integer not null default 1;
-- Its place in the order of the night's work; 0: it is not by the night that it is worked on now.
alter table scene add column night bigint not null default 0;
-- What a selection asks of a scene, from its plan; null or empty where nobody knows. Longitude and latitude (WGS 84); a
-- footprint across the antimeridian has its west east of its east.
alter table scene add column covered integer not null default 0; -- whether these were looked for
alter table scene add column acquired_at bigint;
alter table scene add column sensors text not null default '';   -- words between spaces, a space before and behind
alter table scene add column west double precision;
alter table scene add column south double precision;
alter table scene add column east double precision;
alter table scene add column north double precision;
create index scene_by_recipe on scene (recipe, recipe_hash, state);
create index scene_by_acquisition on scene (acquired_at);
create index scene_by_night on scene (night) where night > 0;

alter table batch add column version integer not null default 1; -- the scene's, whose work it is

-- The firings that were worked, one of each. The row and the marks on the scenes are one transaction.
create table schedule_run (
  schedule  text    not null, -- nightly, or manual: a person's
  fire_time bigint  not null, -- when it was due
  cron      text    not null, -- and by which rule; empty: there was none
  worked_at bigint  not null,
  chosen    integer not null,
  note      text    not null,
  primary key (schedule, fire_time)
);

-- Which scene was done again by which words of a selection: what a filter or a list names is done once.
create table night_choice (
  scene_id    text    not null references scene (id),
  version     integer not null, -- that it was to become
  clause      text    not null,
  recipe_hash text    not null, -- the recipe's as it was then
  schedule    text    not null,
  fire_time   bigint  not null,
  primary key (scene_id, version)
);
create index night_choice_by_clause on night_choice (clause, scene_id);

-- The versions that were delivered. The one that was not replaced lies in its place.
create table product (
  scene_id     text    not null references scene (id),
  version      integer not null,
  recipe_hash  text    not null,
  delivered_at bigint  not null,
  replaced_at  bigint,
  removed_at   bigint,
  primary key (scene_id, version)
);
create index product_replaced on product (replaced_at) where removed_at is null;
insert into product (scene_id, version, recipe_hash, delivered_at)
  select id, 1, recipe_hash, changed_at from scene where state = 'DELIVERED';

-- Of a scene that is done again, what is still to be told of its last time goes first.
create index outbox_unsent_by_subject on outbox (subject) where sent_at is null;
