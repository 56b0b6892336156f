import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { PlanFields } from "../../src/server/plan.js";
import { type BelayServer, shells } from "../support/belay-server.js";
import { type Database, type Postgres, startPostgres } from "../support/postgres.js";
import { withDatabase } from "../support/server-with-database.js";

/** Programs that stand in for the server's own; `$REAL` is the one they hide. */
const broken = {
  "pg_dump that dies half-way": {
    program: "pg_dump",
    text: 'case " $* " in *" -Fc "*) "$REAL" "$@" | head -c 700; kill -KILL $$ ;; esac\nexec "$REAL" "$@"',
    finding: ["backup-failed", "pg_dump failed (exit 137)", "see its message above"],
  },
  "pg_dump that fails after the last byte": {
    program: "pg_dump",
    text: 'case " $* " in *" -Fc "*) "$REAL" "$@"; exit 1 ;; esac\nexec "$REAL" "$@"',
    finding: ["backup-failed", "pg_dump failed (exit 1)", "see its message above"],
  },
  "dump that is cut short although all programs say that it went well": {
    program: "pg_dump",
    text: 'case " $* " in *" -Fc "*) "$REAL" "$@" | head -c 900; exit 0 ;; esac\nexec "$REAL" "$@"',
    finding: ["backup-damaged", "pg_restore cannot read database.dump", "then take a new backup"],
  },
  "byte that is flipped on its way to the disk": {
    program: "tee",
    text: '"$REAL" "$@" | sed "s/pg_catalog/pg_catalOg/;s/items/itEms/"',
    finding: ["backup-damaged", "reads back with sha256", "look at the disk of the server"],
  },
  "pg_dumpall that fails": {
    program: "pg_dumpall",
    text: "echo denied >&2; exit 1",
    finding: ["backup-failed", "pg_dumpall --globals-only failed", "let the role read pg_roles"],
  },
} as const;

const plan: PlanFields = {
  "backup-compression": "none",
  "confirm-timeout": "60",
  restart: 'echo "$BELAY_RELEASE" >>"$BELAY_PATH/log"',
  migrate: 'touch "$BELAY_PATH/migrated"',
};

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

// They mostly wait.
describe.concurrent.each(shells)("a deploy whose backup goes wrong, under %s", (shell) => {
  const it = withDatabase(() => postgres, { shell, name: "wrong" });
  // A standalone busybox finds its own tee first.
  const cases = Object.entries(broken).filter(
    ([, { program }]) => program.startsWith("pg_") || !shell.startsWith("busybox"),
  );

  it.for(cases)(
    "by a %s: it stops before anything changed, leaves no file, and says what to do",
    async ([, { program, text, finding }], { server, database, known }) => {
      const [code, message, remedy] = finding;
      const first = await server.deploy("one", known(plan));
      const [good] = readdirSync(join(server.path, "backups"));
      const log = server.read("log");
      replace(server, program, text);
      await server.upload("two", known(plan), { a: "2" });
      const [backup] = await server.steps("two", "backup", "migrate");
      expect(backup?.first("code")).toBe("1");
      expect(backup?.all("finding")[0]).toEqual([
        "error",
        code,
        expect.stringContaining(message),
        expect.stringContaining(remedy),
      ]);
      expect(readdirSync(join(server.path, "backups"))).toEqual([good]);
      expect((await server.call(["undo", "two"], "the backup failed\n")).first("outcome")).toBe(
        "undone",
      );
      expect(server.current()).toBe(first);
      expect(server.read("log")).toBe(log);
      expect(readdirSync(server.dot("tmp"))).toEqual([]);
      expect(readdirSync(join(server.path, "releases"))).toEqual([first]);
      expect(await sessions(database)).toBe("0");
    },
  );

  // And its own mkdir.
  if (!shell.startsWith("busybox"))
    it("by a file that cannot be made: it is an error, not a wait for ever", async ({
      server,
      known,
    }) => {
      await server.deploy("one", known(plan));
      // The name of the dump is taken by a folder: as when there is no inode left for it.
      replace(
        server,
        "mkdir",
        '"$REAL" "$@" || exit\ncase $1 in */backups/*.partial) "$REAL" "$1/database.dump" ;; esac',
      );
      await server.upload("two", known(plan), { a: "2" });
      const [answer] = await server.steps("two", "backup");
      expect(answer?.first("code")).toBe("1");
      expect((await server.call(["undo", "two"], "no\n")).first("outcome")).toBe("undone");
    });

  const sessions = ({ name }: Database) =>
    postgres.admin(
      `select count(*) from pg_stat_activity where datname = '${name}' and application_name like 'belay%'`,
    );

  /** Puts `text` before the program of that name; belay takes pg_dumpall from where it found pg_dump. */
  function replace(server: BelayServer, name: string, text: string): void {
    const stand = { [name]: text };
    if (name.startsWith("pg_dump"))
      for (const other of ["pg_dump", "pg_dumpall"]) stand[other] ??= 'exec "$REAL" "$@"';
    for (const [program, lines] of Object.entries(stand)) {
      const real = [postgres.bin, "/usr/bin", "/bin"]
        .map((at) => join(at, program))
        .find((file) => existsSync(file));
      const file = join(dirname(server.path), "bin", program);
      writeFileSync(file, `#!/bin/dash\nREAL=${real ?? program}\n${lines}\n`);
      chmodSync(file, 0o755);
    }
  }
});
