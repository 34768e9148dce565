-- The SHA-256 of the file that the preparation of the scene's last version made; empty before that.
alter table scene add column prepared text not null default '';
