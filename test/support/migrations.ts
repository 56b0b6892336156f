import type { AppRelease } from "./app-workspace.js";

/** Releases of an app whose every second one brings a migration that no release before it had. */
export class Releases {
  #count = 0;
  #migrations: Readonly<Record<string, string>> = {};

  /** The next one; with `migration` it adds a column that the older code can live with. */
  next(migration: boolean): AppRelease {
    this.#count += 1;
    const version = `${String(this.#count)}.0`;
    if (migration) {
      const number = String(100 + this.#count);
      const sql = `alter table items add column c${number} integer not null default 0;\n`;
      this.#migrations = { ...this.#migrations, [`migrations/${number}_column.sql`]: sql };
    }
    return { version, files: this.#migrations };
  }
}
