-- How many commands Swath has sent to the cluster on a day, and how many tasks. It begins with this version.
create table cluster_day (
  day      bigint not null primary key, -- days since 1970-01-01, UTC
  commands bigint not null,
  tasks    bigint not null
);
