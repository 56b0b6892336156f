import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSshdHost } from "../support/deploy-host.js";
import { expectNextDeploy, expectPromiseKept } from "../support/faults/aftermath.js";
import { siteUnderFault, type SiteUnderFault } from "../support/faults/site-under-fault.js";
import { history } from "../support/faults/told-history.js";
import { mustRun } from "../support/program.js";
import { errorsOf, verdictOf } from "../support/report-of.js";
import type { ActionResult, RunningAction } from "../support/run-action.js";
import { stepStarted } from "../support/scenarios/step-started.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile({ startHost: startSshdHost });
/** Two that are at it together cannot both make the folder. */
const alone = {
  before: "mkdir ../../shared/alone\nsleep 0.5\n",
  after: "rmdir ../../shared/alone\n",
};

describe("deploys at once", () => {
  let under: SiteUnderFault;
  let folder: string;
  let checkouts = 0;

  beforeAll(async () => {
    under = await siteUnderFault(world(), false);
    folder = await scratchFolder("checkouts");
  });

  afterAll(async () => {
    await under.stop();
    await removeFolder(folder);
  });

  /** Commits `count` further releases, each checked out in a folder of its own. */
  async function checkOuts(count: number): Promise<readonly { folder: string; sha: string }[]> {
    const made: { folder: string; sha: string }[] = [];
    for (let n = 0; n < count; n += 1) {
      checkouts += 1;
      const sha = await under.site.workspace.commit({ version: `at once ${String(checkouts)}` });
      const own = join(folder, String(checkouts));
      await mustRun(["git", "clone", "--quiet", under.site.workspace.path, own]);
      made.push({ folder: own, sha });
    }
    return made;
  }

  const all = (running: readonly RunningAction[]): Promise<readonly ActionResult[]> =>
    Promise.all(running.map(({ done }) => done));

  test("two: the second is told for whom it waits, and both are deployed one after the other", async () => {
    const { site } = under;
    const [one, two] = await checkOuts(2);
    if (one === undefined || two === undefined) throw new Error("two checkouts were asked for");
    const first = await site.startFrom(one.folder, one.sha, {
      ...alone,
      before: `${alone.before}sleep 3\n`,
    });
    await stepStarted(site, "before");
    const second = await site.startFrom(two.folder, two.sha);
    for (const result of await all([first, second])) {
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    }
    const run = /actions\/runs\/\d+/.exec((await history(site)).at(-2) ?? "")?.[0] ?? "none";
    expect((await second.done).log.text).toMatch(
      new RegExp(
        `waiting for the lock, held by ada, https://github.com/ada/climbing/${run}, since`,
      ),
    );
    expect(await site.current()).toBe((await second.done).outputs["release"]);

    const serving = await site.current();
    const older = await site.deployCommit(one.sha);
    expect(verdictOf(older), older.log.text).toMatchObject({
      exitCode: 1,
      status: "superseded",
      code: "superseded",
    });
    expect(errorsOf(older)).toContain("already contains");
    expect(await site.current()).toBe(serving);
    expect((await history(site)).at(-1)).toMatch(/ superseded: .* already contains /);
    await expectPromiseKept(under);
    await expectNextDeploy(under);
  });

  test("five that may be older: each is deployed, one at a time, in the order in which they came", async () => {
    const { site } = under;
    const before = await history(site);
    const started = await Promise.all(
      (await checkOuts(5)).map(({ folder: own, sha }) =>
        site.startFrom(own, sha, { ...alone, "allow-older": "true" }),
      ),
    );
    const results = await all(started);
    for (const result of results) {
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    }
    const lines = (await history(site)).slice(before.length);
    const order = lines.map((line) => / deploy (\S+) confirmed: /.exec(line)?.[1]);
    expect([...order].sort()).toEqual(results.map(({ outputs }) => outputs["release"]).sort());
    expect(await site.current()).toBe(order.at(-1));
    const waited = results.filter(({ log }) =>
      log.text.includes("waiting for the lock, held by ada, "),
    );
    expect(waited.length).toBeGreaterThanOrEqual(4);
    await expectPromiseKept(under);
    await expectNextDeploy(under);
  });

  test("five: the newest is deployed, and whoever comes after a newer one is superseded by it", async () => {
    const { site } = under;
    const started = await Promise.all(
      (await checkOuts(5)).map(({ folder: own, sha }) => site.startFrom(own, sha, alone)),
    );
    const results = await all(started);
    for (const result of results) {
      const { status } = verdictOf(result);
      if (status === "superseded")
        expect(errorsOf(result)).toMatch(/newer than this run|already contains/);
      else
        expect(verdictOf(result), result.log.text).toMatchObject({
          exitCode: 0,
          status: "deployed",
        });
    }
    const newest = results.at(-1);
    expect(newest?.outputs["status"]).toBe("deployed");
    expect(await site.current()).toBe(newest?.outputs["release"]);
    await expectPromiseKept(under);
    await expectNextDeploy(under);
  });
});
