import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { killAt } from "../chaos.js";
import { startLoad } from "../load.js";
import { mustRun } from "../program.js";
import { reportOf, verdictOf } from "../report-of.js";
import type { Site } from "../site.js";
import type { World } from "../world.js";

/** The story of `make demo`, each part a test; they build on one another. */
export function waysBack(world: () => World): void {
  describe("a deploy and the ways back", () => {
    let site: Site;
    let first: string;
    let second: string;

    beforeAll(async () => {
      site = await world().site({ workers: 2 });
    });

    test("a first deploy makes the release serve", async () => {
      const result = await site.deploy({ version: "1.0" });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      first = result.outputs["release"] ?? "";
      expect(first).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{7}$/);
      expect(await site.serving()).toMatchObject({ status: 200, version: "1.0", release: first });
      expect(await site.current()).toBe(first);
    });

    test("a deploy with a migration under load loses no request and leaves a verified backup", async () => {
      const load = startLoad(`${site.url}/items`, { requestsPerSecond: 50 });
      const result = await site.deploy({ version: "2.0", migrations: 2 });
      const { failures, versions } = await load.stop();
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      expect(failures).toEqual([]);
      expect([...versions.keys()]).toEqual(["1.0", "2.0"]);
      second = result.outputs["release"] ?? "";
      expect(result.outputs).toMatchObject({ "previous-release": first, migrated: "true" });
      await expectBackup(world(), result.outputs);
    });

    test("the summary and the report tell the same steps", async () => {
      const result = await site.deploy({ version: "2.0", migrations: 2 }, { force: "true" });
      const report = reportOf(result);
      expect(report).toMatchObject({
        version: 1,
        action: "ssh-deploy-with-backup",
        status: "deployed",
      });
      const steps = ["upload", "build", "backup", "migrate", "activate", "gate", "confirm"];
      expect(report.steps.filter(({ status }) => status === "ok").map(({ name }) => name)).toEqual(
        expect.arrayContaining(steps),
      );
      for (const step of steps) expect(result.summary).toContain(step);
      expect(result.summary).toContain("```mermaid");
      expect(result.summary).toMatch(/\| Check \| State \|.*\n.*\n\| .* \| ✅ healthy \|/);
      second = result.outputs["release"] ?? "";
    });

    test("a release that answers 500 is put back by itself", async () => {
      const result = await site.deploy({ version: "3.0", migrations: 2, broken: "answers-500" });
      expect(verdictOf(result), result.log.text).toEqual({
        exitCode: 1,
        status: "rolled-back",
        failedStep: "gate",
        code: "gate-timeout",
      });
      expect(result.summary).toMatch(/\| ❌ unhealthy \|.*500 Internal Server Error/);
      expect(await site.serving()).toMatchObject({ status: 200, version: "2.0", release: second });
      expect(await site.current()).toBe(second);
      await site.settled();
    });

    test("a runner killed in mid-deploy is made up for by the server", async () => {
      const running = await site.start(
        { version: "3.1", migrations: 2, broken: "answers-500" },
        { "health-timeout": "30s" },
      );
      const activated = killAt(running.child, { said: /activate/ });
      expect(await activated).toBe(true);
      await site.settled();
      expect(await site.serving()).toMatchObject({ status: 200, version: "2.0", release: second });
      expect(await site.current()).toBe(second);
    });

    test("a rollback to a release of another schema asks for a word first", async () => {
      const refused = await site.operate("rollback", { release: first });
      expect(verdictOf(refused)).toMatchObject({ exitCode: 1, code: "config" });
      expect(reportOf(refused).error?.remedy).toContain("across-migrations");
      expect(await site.current()).toBe(second);
    });

    test("a rollback needs host, key and path alone", async () => {
      const result = await site.operate("rollback", {
        release: first,
        "across-migrations": "true",
      });
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 0,
        status: "rolled-back",
      });
      expect(await site.serving()).toMatchObject({ status: 200, version: "1.0", release: first });
    });

    test("belay rollback on the server does it without GitHub", async () => {
      const said = await site.belay("rollback", second);
      expect(said.code, said.stdout + said.stderr).toBe(0);
      expect(await site.serving()).toMatchObject({ status: 200, version: "2.0", release: second });
      const history = await site.belay("history");
      expect(history.stdout).toContain(second);
    });
  });
}

/** The dump is there, is what the outputs say, and holds the app's table. */
async function expectBackup(
  world: World,
  outputs: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = outputs["backup-path"] ?? "";
  const dump = join(folder, "database.dump");
  const sha256 = createHash("sha256")
    .update(await readFile(dump))
    .digest("hex");
  expect(outputs["backup-sha256"]).toBe(sha256);
  expect(Number(outputs["backup-bytes"])).toBeGreaterThan(0);
  expect(await mustRun([join(world.postgres.bin, "pg_restore"), "-l", dump])).toContain(
    "TABLE DATA public items",
  );
  expect(await readFile(join(folder, "MANIFEST.txt"), "utf8")).toContain(sha256);
  expect(await readFile(join(folder, "globals.sql"), "utf8")).toContain("CREATE ROLE");
}
