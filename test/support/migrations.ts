import type { AppRelease } from "./app-workspace.js";

/** Releases of an app of which those with a migration bring one that no release before them had, and need it. */
export class Releases {
  #count = 0;
  #files: Readonly<Record<string, string>> = {};

  /** The next one; with `migration` it adds a column that its code reads and the older code can live with. */
  next(migration: boolean, more: Omit<AppRelease, "version" | "files"> = {}): AppRelease {
    this.#count += 1;
    const version = `${String(this.#count)}.0`;
    if (migration) {
      const number = String(100 + this.#count);
      this.#files = {
        ...this.#files,
        [`migrations/${number}_column.sql`]: `alter table items add column c${number} integer not null default 0;\n`,
        "items.sql": `select id, name, c${number} from items order by id\n`,
      };
    }
    return { version, files: this.#files, ...more };
  }
}
