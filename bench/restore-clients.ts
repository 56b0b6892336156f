import { join } from "node:path";
import { startPgBouncer } from "../test/support/peers/pgbouncer.js";
import { runProgram } from "../test/support/program.js";
import type { ActionResult } from "../test/support/run-action.js";
import type { Inputs, Site } from "../test/support/site.js";
import type { World } from "../test/support/world.js";
import type { Figure } from "./measure.js";

/** What those who use the app notice of a restore: through PgBouncer, and without it. */
export async function measureRestoreClients(site: Site, world: World): Promise<readonly Figure[]> {
  await world.postgres.admin(`alter role ${site.database.user} createdb`);
  const backup = await site.belay("backup");
  if (backup.code !== 0) throw new Error(backup.stdout + backup.stderr);
  const without = await restore(site, {});
  const lasted = secondsOf(without, "recovery time");
  const down = Number(without.outputs["downtime-ms"]) / 1000;
  return [
    ...(await throughPooler(site, world)),
    {
      name: "the app is down in a restore without PgBouncer, its own start included",
      value: (down / lasted) * 100,
      unit: "%",
      target: 10,
    },
  ];
}

async function throughPooler(site: Site, world: World): Promise<readonly Figure[]> {
  const { user, password } = site.database;
  const { port: postgresPort, bin } = world.postgres;
  const pooler = await startPgBouncer({ postgresPort, bin, users: { [user]: password } });
  const clients = askOften(join(bin, "psql"), {
    ...site.database.env(),
    PGPORT: String(pooler.port),
  });
  try {
    await restore(site, {
      "pgbouncer-url": `postgresql://pgbouncer_admin:pgbouncer_admin@127.0.0.1:${String(pooler.port)}/pgbouncer`,
    });
  } finally {
    await clients.stop();
    await pooler.stop();
  }
  return [
    {
      name: "longest wait of a client through PgBouncer in a restore",
      value: clients.longestMs(),
      unit: "ms",
      target: 1000,
    },
    { name: "of its requests fail", value: clients.failed(), unit: "", target: 0 },
  ];
}

async function restore(site: Site, more: Inputs): Promise<ActionResult> {
  const result = await site.operate("restore", {
    "safety-backup": "false",
    "keep-old-database": "0s",
    "health-url": `${site.url}/health`,
    "health-interval": "100ms",
    ...more,
  });
  if (result.outputs["status"] !== "restored") throw new Error(result.log.text);
  return result;
}

/** Two clients, each asking one question after the other, on a new connection each. */
function askOften(psql: string, env: Readonly<Record<string, string>>) {
  let going = true;
  let longest = 0;
  let failed = 0;
  const one = async (): Promise<void> => {
    while (going) {
      const start = performance.now();
      const { code } = await runProgram([psql, "-XAtc", "select 1"], { env });
      longest = Math.max(longest, performance.now() - start);
      if (code !== 0) failed += 1;
    }
  };
  const all = Promise.all([one(), one()]);
  return {
    longestMs: () => longest,
    failed: () => failed,
    stop: async () => {
      going = false;
      await all;
    },
  };
}

/** A fact of the report that is a duration. */
function secondsOf({ outputs }: ActionResult, fact: string): number {
  const report = JSON.parse(outputs["report"] ?? "{}") as {
    readonly facts?: readonly { readonly name: string; readonly value: string }[];
  };
  const text = report.facts?.find(({ name }) => name === fact)?.value ?? "";
  const [, minutes = "0", seconds = ""] = /^(?:(\d+) min )?([\d.]+) s$/.exec(text) ?? [];
  if (seconds === "") throw new Error(`the report has no ${fact} in seconds: ${text}`);
  return Number(minutes) * 60 + Number(seconds);
}
