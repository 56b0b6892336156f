import type { Database, Postgres } from "./postgres.js";

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What a restore must leave as it was: owner, connection limit, grants, whether anybody may come in, settings. */
export function settingsOf(postgres: Postgres, { name }: Database): Promise<string> {
  return postgres.admin(
    `select pg_get_userbyid(datdba), datconnlimit, (select array_agg(a::text order by a::text) from unnest(datacl) a),
       datallowconn, (select string_agg(coalesce(r.rolname, '') || s.setconfig::text, ' ' order by r.rolname)
         from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole where s.setdatabase = d.oid)
     from pg_database d where datname = ${literal(name)}`,
  );
}

/** The databases that backups and restores have made for the owner of this one. */
export function madeDatabases(postgres: Postgres, { user }: Database): Promise<string> {
  return postgres.admin(
    `select datname from pg_database where datname like 'belay\\_%' and pg_get_userbyid(datdba) = ${literal(user)}`,
  );
}
