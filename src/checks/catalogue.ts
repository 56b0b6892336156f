import { itemsOf, memberAt, parseJson, textAt } from "../kit/json.js";

/** A column as the database has it. */
export interface Column {
  readonly table: string;
  readonly name: string;
  /** As `format_type` writes it, such as `character varying(20)`. */
  readonly type: string;
  readonly isRequired: boolean;
  /** The database fills it in by itself: a default, an identity or a generated value. */
  readonly hasDefault: boolean;
}

export interface Unique {
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** Tables, columns and unique constraints of a database; tables carry their schema unless it is `public`. */
export interface Catalogue {
  readonly columns: readonly Column[];
  readonly uniques: readonly Unique[];
}

const ownTables =
  "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_t%' and c.relkind in ('r', 'p')";
const tableName =
  "case n.nspname when 'public' then c.relname::text else n.nspname || '.' || c.relname end";

/** Gives one row with one column: the catalogue of a PostgreSQL database as JSON. */
export const catalogueQuery = `
select json_build_object(
  'columns', (select coalesce(json_agg(json_build_object(
      'table', ${tableName}, 'name', a.attname::text,
      'type', format_type(a.atttypid, a.atttypmod), 'isRequired', a.attnotnull,
      'hasDefault', a.atthasdef or a.attidentity <> '') order by n.nspname, c.relname, a.attnum), '[]')
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where ${ownTables} and a.attnum > 0 and not a.attisdropped),
  'uniques', (select coalesce(json_agg(json_build_object(
      'table', ${tableName}, 'name', x.relname::text,
      'columns', (select coalesce(json_agg(coalesce(a.attname::text, '')), '[]')
        from unnest(i.indkey) as k left join pg_attribute a on a.attrelid = c.oid and a.attnum = k and k > 0)
      ) order by n.nspname, x.relname), '[]')
    from pg_index i join pg_class x on x.oid = i.indexrelid join pg_class c on c.oid = i.indrelid
      join pg_namespace n on n.oid = c.relnamespace
    where i.indisunique and ${ownTables}))::text`;

/** Reads what the query gave; undefined when it is something else. */
export function parseCatalogue(text: string): Catalogue | undefined {
  const value = parseJson(text);
  if (!Array.isArray(memberAt(value, "columns")) || !Array.isArray(memberAt(value, "uniques")))
    return undefined;
  return {
    columns: itemsOf(memberAt(value, "columns")).map((one) => ({
      table: textAt(one, "table"),
      name: textAt(one, "name"),
      type: textAt(one, "type"),
      isRequired: memberAt(one, "isRequired") === true,
      hasDefault: memberAt(one, "hasDefault") === true,
    })),
    uniques: itemsOf(memberAt(value, "uniques")).map((one) => ({
      table: textAt(one, "table"),
      name: textAt(one, "name"),
      columns: itemsOf(memberAt(one, "columns")).filter((name) => typeof name === "string"),
    })),
  };
}
