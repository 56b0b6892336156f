import { afterAll, beforeAll, describe, expect } from "vitest";
import { settingsOf } from "../support/database-settings.js";
import { type Database, type Postgres, startPostgres } from "../support/postgres.js";
import { restoreSteps } from "../support/restore-steps.js";
import { withDatabase } from "../support/server-with-database.js";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.concurrent("a database", () => {
  const it = withDatabase(() => postgres, { name: "whole ", mayCreateDatabases: true });

  it("without anything in it comes back without anything in it", async ({
    server,
    database,
    known,
  }) => {
    await database.query("drop table items");
    await server.deploy("one", known({ "backup-verify": "restore" }));
    await database.query("create table later (id int)");
    const last = await restoreSteps(server, "r");
    expect(last.first("code"), last.text).toBe("0");
    expect((await server.call(["confirm", "r"])).code).toBe(0);
    expect(await database.query("select count(*) from pg_class where relname = 'later'")).toBe("0");
  });

  it("of 200 schemas with large objects, extensions, owners, grants and settings comes back as it was", async ({
    server,
    database,
    known,
  }) => {
    await furnish(database);
    const before = [await settingsOf(postgres, database), await contentOf(database)];
    await server.deploy("one", known({ "backup-verify": "restore" }));
    await database.query(
      "do $$ begin for n in 1..200 loop execute format('drop schema %I cascade', 's' || n); end loop; end $$",
    );
    await database.query("select lo_unlink(oid) from pg_largeobject_metadata");
    await database.query("drop extension pg_trgm; drop extension hstore cascade");
    const last = await restoreSteps(server, "r");
    expect(last.first("code"), last.text).toBe("0");
    expect((await server.call(["confirm", "r"])).code).toBe(0);
    expect([await settingsOf(postgres, database), await contentOf(database)]).toEqual(before);
  });
});

/** Half of its schemas and large objects belong to another role, which the owner is a member of. */
async function furnish(database: Database): Promise<void> {
  const { name, user } = database;
  const reader = `reader of ${name}`;
  const keeper = `keeper of ${name}`;
  await postgres.admin(
    `create role "${reader}"; create role "${keeper}"; grant "${keeper}" to "${user}";
     grant create on database "${name}" to "${keeper}"; grant connect on database "${name}" to "${reader}";
     revoke connect on database "${name}" from public; alter database "${name}" set work_mem = '7MB';
     alter role "${user}" in database "${name}" set statement_timeout = '5min';
     alter database "${name}" connection limit 77; comment on database "${name}" is 'it''s the shop'`,
  );
  await database.query(`
    create extension pg_trgm; create extension hstore;
    do $$ begin for n in 1..200 loop
      execute format('create schema %I', 's' || n);
      execute format('create table %I.items (id serial primary key, name text, more hstore, unique (name))', 's' || n);
      execute format('insert into %I.items (name, more) select ''item '' || i, hstore(''n'', ''%s'') from generate_series(1, 3) i', 's' || n, n);
      execute format('create index on %I.items using gin (name gin_trgm_ops)', 's' || n);
      execute format('grant usage on schema %I to %I', 's' || n, '${reader}');
      execute format('grant select on %I.items to %I', 's' || n, '${reader}');
      if n % 2 = 0 then
        execute format('alter schema %I owner to %I', 's' || n, '${keeper}');
        execute format('alter table %I.items owner to %I', 's' || n, '${keeper}');
      end if;
    end loop; end $$;
    select lo_from_bytea(0, decode(md5(n::text), 'hex')) from generate_series(1, 20) n`);
  await database.query(
    `do $$ declare object oid; begin for object in select oid from pg_largeobject_metadata where oid::bigint % 2 = 0 loop
       execute format('alter large object %s owner to %I', object, '${keeper}'); end loop; end $$`,
  );
}

/** Rows, owners, grants, indexes, extensions and large objects. */
async function contentOf(database: Database): Promise<string> {
  const parts = [
    "select sum(n), count(*) from (select (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I.items', nspname), false, true, '')))[1]::text::int as n from pg_namespace where nspname ~ '^s[0-9]+$') x",
    "select md5(string_agg(format('%s %s %s %s %s', n.nspname, relname, relkind, relowner::regrole, relacl), ' ' order by n.nspname, relname)) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname ~ '^s[0-9]'",
    "select md5(string_agg(format('%s %s %s', nspname, nspowner::regrole, nspacl), ' ' order by nspname)) from pg_namespace where nspname ~ '^s[0-9]'",
    "select string_agg(extname, ' ' order by extname) from pg_extension",
    "select md5(string_agg(format('%s %s %s', oid, lomowner::regrole, lo_get(oid)), ' ' order by oid)) from pg_largeobject_metadata",
    "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()",
  ];
  return (await Promise.all(parts.map((sql) => database.query(sql)))).join("\n");
}
