-- When this ledger began to record its storage. Without this row and without a scene, the ledger is new: beside a storage
-- that holds scenes, the former ledger is missing then.
create table ledger_beginning (
  begun_at bigint not null
);

-- Which dead letters were sent long enough ago to be removed.
create index outbox_dead on outbox (sent_at) where type = 'io.swath.dead';
