import { parseDatabaseUrl } from "../commands/postgres.js";
import type { EnvVariable } from "../kit/env-lines.js";

/** The variables with their values filled in, and those that name a part which is not there. */
export interface Expanded {
  readonly values: readonly EnvVariable[];
  readonly unknown: readonly { readonly name: string; readonly part: string }[];
}

/** Fills `${DATABASE_URL}` and its parts into the values; everything else in them stays as it is. */
export function expandVariables(values: readonly EnvVariable[], databaseUrl: string): Expanded {
  const parts = partsOf(databaseUrl);
  const unknown: { name: string; part: string }[] = [];
  const expanded = values.map(({ name, value }) => ({
    name,
    value: value.replace(/\$\{(DATABASE_[A-Z]+)\}/g, (whole, part: string) => {
      const known = parts.get(part);
      if (known === undefined) unknown.push({ name, part });
      return known ?? whole;
    }),
  }));
  return { values: expanded, unknown };
}

function partsOf(url: string): ReadonlyMap<string, string> {
  if (url === "") return new Map();
  const address = parseDatabaseUrl(url);
  const all = new Map([["DATABASE_URL", url]]);
  if ("problem" in address) return all;
  const variables = new Map(address.variables.map(({ name, value }) => [name, value]));
  all.set("DATABASE_HOST", variables.get("PGHOST") ?? "");
  all.set("DATABASE_PORT", variables.get("PGPORT") ?? "5432");
  all.set("DATABASE_USER", variables.get("PGUSER") ?? "");
  all.set("DATABASE_PASSWORD", variables.get("PGPASSWORD") ?? "");
  all.set("DATABASE_NAME", variables.get("PGDATABASE") ?? "");
  return all;
}
