-- Up Migration
create table courses (
  id bigint generated always as identity primary key,
  title varchar(200) not null
);

-- Down Migration
drop table courses;
