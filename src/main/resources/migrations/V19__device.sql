-- Whether a tile that waited for one device was moved to another, which happens once: see submission/DeviceMoves.
alter table tile add column moved integer not null default 0;
