import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killAt } from "../support/chaos.js";
import { startSshdHost } from "../support/deploy-host.js";
import { expectNextDeploy, expectPromiseKept } from "../support/faults/aftermath.js";
import { siteUnderFault, type SiteUnderFault } from "../support/faults/site-under-fault.js";
import { expectTold, history } from "../support/faults/told-history.js";
import { until } from "../support/until.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile({ startHost: startSshdHost });
/** Our steps' own; a step that sleeps is the one that a test waits for. */
const countSessions =
  "select count(*) from pg_stat_activity where application_name like 'belay-%' and query like '%pg_sleep%'";
/** Longer than the test may take: only an ended session lets it go on. */
const never = 600;
const silence = /the runner sent no sign of life for 2 s/;

describe("a statement in the database that still runs when its runner dies", () => {
  let under: SiteUnderFault;
  /** What restart lines found of our sessions, each time they ran. */
  let seen: string;
  const restart = `psql -XAtc "${countSessions}" >>../../shared/sessions\nsh restart.sh\n`;

  beforeAll(async () => {
    under = await siteUnderFault(world(), false);
    seen = join(under.site.path, "shared/sessions");
    await under.deploy({ restart });
  });

  afterAll(() => under.stop());

  /** Kills the runner once the statement of a step is at work in the database. */
  async function killInStatement(over: Readonly<Record<string, string>>): Promise<void> {
    const running = await under.start({ restart, ...over });
    await until(
      "the statement to run",
      async () => (await world().postgres.admin(countSessions)) === "1",
      { timeoutMs: 30_000 },
    );
    await killAt(running.child, { afterMs: 0 });
  }

  test("a migration is ended with its session, nothing of it stays, and who waited for its locks goes on", async () => {
    const before = await history(under.site);
    const written = under.writer.committed.length;
    await killInStatement({
      migrate: `psql -X -1 -c 'alter table items add column half integer' -c 'select pg_sleep(${String(never)})'`,
    });
    await expectPromiseKept(under);
    expect(await expectTold(under.site, before, silence)).toMatch(/ undone: .*last step: migrate/);
    expect(await world().postgres.admin(countSessions)).toBe("0");
    const half = "select count(*) from information_schema.columns where column_name = 'half'";
    expect(await under.site.database.query(half)).toBe("0");
    await until("rows to be written", () => under.writer.committed.length > written + 5);
    await expectNextDeploy(under, { restart });
  });

  test("its session has ended before the old release is put back", async () => {
    const before = await history(under.site);
    await killInStatement({ after: `psql -X -c 'select pg_sleep(${String(never)})'` });
    const restarts = (await readFile(seen, "utf8")).trim().split("\n").length;
    await expectPromiseKept(under);
    expect(await expectTold(under.site, before, silence)).toMatch(/ undone: .*last step: after/);
    const found = (await readFile(seen, "utf8")).trim().split("\n");
    expect(found).toHaveLength(restarts + 1);
    expect(found.at(-1)).toBe("0");
    await expectNextDeploy(under, { restart });
  });

  test("nothing is put back over a session that cannot be ended: deploys are held, and the reason names it", async () => {
    const { site } = under;
    const role = "create role migrator login superuser password 'of the test'";
    await world().postgres.admin(role);
    const restarts = (await readFile(seen, "utf8")).trim().split("\n").length;
    await killInStatement({
      after: `PGUSER=migrator PGPASSWORD='of the test' psql -X -c 'select pg_sleep(${String(never)})'`,
    });
    await site.settled(60_000);
    expect(await world().postgres.admin(countSessions)).toBe("1");
    expect((await readFile(seen, "utf8")).trim().split("\n")).toHaveLength(restarts + 1);
    const reason = "the undo failed: the database sessions of step after could not be ended";
    expect((await history(site)).at(-1)).toContain(reason);
    const held = await (await under.start()).done;
    expect(held.exitCode).toBe(1);
    expect(held.log.text).toContain(reason);
    await world().postgres.admin(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'belay-%'",
    );
    expect((await site.belay("release-hold")).code).toBe(0);
    // What was left active is no release that was ever confirmed: the deploy after the next one removes it.
    await under.deploy({ restart });
    await expectNextDeploy(under, { restart });
  });
});
