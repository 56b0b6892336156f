import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PlanFields } from "../../src/server/plan.js";
import { BelayServer, shells } from "../support/belay-server.js";
import { type Database, type Postgres, startPostgres } from "../support/postgres.js";

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

/** A standalone busybox finds its own tee first. */
const cases = shells.flatMap((shell) =>
  Object.entries(broken)
    .filter(([, { program }]) => program.startsWith("pg_") || !shell.startsWith("busybox"))
    .map(([what, one]) => ({ shell, what, ...one })),
);

describe("a deploy whose backup goes wrong", () => {
  let postgres: Postgres;
  let database: Database;
  let server: BelayServer;
  beforeAll(async () => {
    postgres = await startPostgres();
    database = await postgres.createDatabase("wrong");
    await database.query(
      "create table items (id int, name text); insert into items select n, repeat('x', 40) || n from generate_series(1, 500) n",
    );
  });
  afterAll(() => postgres.stop());
  afterEach(() => server.stop());

  const fields = (): PlanFields => ({
    "databases/1/env": Object.entries(database.env())
      .map(([name, value]) => `export ${name}='${value}'\n`)
      .join(""),
    "backup-compression": "none",
    "confirm-timeout": "60",
    restart: 'echo "$BELAY_RELEASE" >>"$BELAY_PATH/log"',
    migrate: 'touch "$BELAY_PATH/migrated"',
  });

  it.each(cases)(
    "by a $what, under $shell: it stops before anything changed, leaves no file, and says what to do",
    async ({ shell, program, text, finding: [code, message, remedy] }) => {
      server = await BelayServer.start(shell);
      const first = await server.deploy("one", fields());
      const [good] = readdirSync(join(server.path, "backups"));
      const log = server.read("log");
      replace(program, text);
      await server.upload("two", fields(), { a: "2" });
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
      expect(await sessions()).toBe("0");
    },
  );

  it("a dump file that cannot be made is an error, not a wait for ever", async () => {
    server = await BelayServer.start("dash");
    await server.deploy("one", fields());
    // The name of the dump is taken by a folder: as when there is no inode left for it.
    replace(
      "mkdir",
      '"$REAL" "$@" || exit\ncase $1 in */backups/*.partial) "$REAL" "$1/database.dump" ;; esac',
    );
    await server.upload("two", fields(), { a: "2" });
    const [answer] = await server.steps("two", "backup");
    expect(answer?.first("code")).toBe("1");
    expect((await server.call(["undo", "two"], "no\n")).first("outcome")).toBe("undone");
  });

  const sessions = () =>
    postgres.admin("select count(*) from pg_stat_activity where application_name like 'belay%'");

  /** Puts `text` before the program of that name; belay takes pg_dumpall from where it found pg_dump. */
  function replace(name: string, text: string): void {
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
