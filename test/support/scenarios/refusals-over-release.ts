import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { errorsOf, verdictOf } from "../report-of.js";
import type { Site } from "../site.js";
import type { World } from "../world.js";
import { stepStarted } from "./step-started.js";

/** Refusals that need a release to be there. */
export function refusalsOverRelease(world: () => World): void {
  describe("over a running release", () => {
    let site: Site;

    beforeAll(async () => {
      site = await world().site();
      await site.deploy({ version: "1.0" });
    });

    test("an older commit ends as superseded, and deploys when told so", async () => {
      const older = await site.workspace.commit({ version: "older" });
      await site.deploy({ version: "2.0" });
      const result = await site.deployCommit(older);
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        status: "superseded",
        code: "superseded",
      });
      expect(await site.serving()).toMatchObject({ version: "2.0" });
      const forced = await site.deployCommit(older, { "allow-older": "true" });
      expect(verdictOf(forced), forced.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    });

    test("a smaller run id than the last confirmed one ends as superseded", async () => {
      const result = await site.deploy({ version: "late" }, {}, { GITHUB_RUN_ID: "7" });
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        status: "superseded",
      });
    });

    test("a held path fails with its reason, and says how to release it", async () => {
      expect((await site.belay("hold", "the database moves tonight")).code).toBe(0);
      const result = await site.deploy({ version: "3.0" });
      expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "failed", code: "locked" });
      expect(errorsOf(result)).toContain("the database moves tonight");
      expect((await site.belay("release-hold")).code).toBe(0);
    });

    test("one deploy at a time: the second waits, names whose lock it is, and gives up in time", async () => {
      const first = await site.start({ version: "3.1" }, { before: "sleep 4\n" });
      await stepStarted(site, "before");
      const second = await site.deploy(
        { version: "3.2" },
        { "lock-timeout": "1s", "allow-older": "true" },
      );
      expect(verdictOf(second), second.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        code: "locked",
      });
      expect(second.log.text).toMatch(/ada.*actions\/runs/);
      expect(verdictOf(await first.done)).toMatchObject({ exitCode: 0, status: "deployed" });
    });

    test("a damaged backup is found by verify-backup", async () => {
      const good = await site.operate("verify-backup");
      expect(verdictOf(good), good.log.text).toMatchObject({ exitCode: 0, status: "verified" });
      const dump = join(good.outputs["backup-path"] ?? "", "database.dump");
      await flipByte(dump);
      const damaged = await site.operate("verify-backup");
      expect(verdictOf(damaged), damaged.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        code: "backup-damaged",
      });
      await rm(dump);
      const gone = await site.operate("verify-backup");
      expect(verdictOf(gone), gone.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        code: "backup-damaged",
      });
    });
  });
}

async function flipByte(path: string): Promise<void> {
  const file = await open(path, "r+");
  const { size } = await file.stat();
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, Math.floor(size / 2));
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  await file.write(byte, 0, 1, Math.floor(size / 2));
  await file.close();
}
