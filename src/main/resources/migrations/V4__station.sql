-- What ground stations have announced on swath.scenes. Times on the wall are received_at, changed_at and not_before;
-- due_at, seen_at and deadline are times of the station clock, which runs only while Swath looks and the storage answers.
create table announcement (
  message_id     text   not null primary key, -- the JMSMessageID: a message that is delivered again is the same
  correlation_id text   not null,
  station_id     text   not null,             -- the station's own id for the scene; empty: none given
  digest         text   not null,             -- of what it says: the same id may not say something else
  body           text   not null,
  name           text   not null,
  recipe         text   not null,
  priority       text   not null,
  not_before     bigint not null,
  state          text   not null,             -- WAITING, TAKEN, REJECTED
  waits_for      text   not null,
  due_at         bigint not null,             -- looked at again then
  deadline       bigint,                      -- rejected when it is still not there then; null: not missed so far
  seen           text   not null,             -- what it looked like
  seen_at        bigint not null,             -- and since when
  scene_id       text   references scene (id),
  rule           text   not null,             -- why it was rejected: empty unless it was
  field          text   not null,
  what           text   not null,
  remedy         text   not null,
  received_at    bigint not null,
  changed_at     bigint not null
);
-- The same announcement twice is one; one that was turned away may come again.
create unique index announcement_once on announcement (station_id)
  where station_id <> '' and state in ('WAITING', 'TAKEN');
create index announcement_waiting on announcement (due_at) where state = 'WAITING';
create index announcement_by_scene on announcement (scene_id);

-- What was sent and cannot be used; the outbox says whether it has been sent back.
create table dead_letter (
  message_id     text not null primary key,
  correlation_id text not null,
  body           text not null,
  rule           text not null,
  field          text not null,
  what           text not null,
  remedy         text not null
);

create table station_clock (
  watched_ms bigint not null
);
insert into station_clock (watched_ms) values (0);
