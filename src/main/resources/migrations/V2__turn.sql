-- Whose turn it is to work on a ledger that several Swaths share: one row. A transaction of the worker holds its key, so
-- that the fence, which is the key, cannot be raised meanwhile; the beat can.
create table turn (
  fence  bigint not null primary key, -- raised whenever the turn changes hands
  holder text   not null,             -- empty: nobody
  beat   bigint not null              -- raised every few seconds by whoever has the turn
);
insert into turn (fence, holder, beat) values (0, '', 0);
