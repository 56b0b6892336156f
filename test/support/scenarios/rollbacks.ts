import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { verdictOf } from "../report-of.js";
import type { Site } from "../site.js";
import type { World } from "../world.js";
import { expectUntouched } from "./untouched.js";

/** Rollbacks of rollbacks, and those that fail. */
export function rollbacks(world: () => World): void {
  describe("a rollback", () => {
    let site: Site;
    const ids: string[] = [];
    const restart = '[ ! -e "../../shared/no-$BELAY_RELEASE" ] || exit 11\nsh restart.sh\n';

    beforeAll(async () => {
      site = await world().site();
      for (const version of ["a", "b", "c"]) {
        const { outputs } = await site.deploy({ version }, { restart });
        ids.push(outputs["release"] ?? "");
      }
    });

    test("of a rollback goes one further back, never to what was rolled back from", async () => {
      const back = await site.operate("rollback");
      expect(verdictOf(back), back.log.text).toMatchObject({ exitCode: 0, status: "rolled-back" });
      expect(await site.serving()).toMatchObject({ version: "b" });
      const further = await site.operate("rollback");
      expect(verdictOf(further), further.log.text).toMatchObject({
        exitCode: 0,
        status: "rolled-back",
      });
      expect(await site.serving()).toMatchObject({ version: "a" });
    });

    test("with nothing left to go back to fails, naming what can be named", async () => {
      const none = await site.operate("rollback");
      expect(verdictOf(none)).toMatchObject({ exitCode: 1, status: "failed", code: "config" });
      const unknown = await site.operate("rollback", { release: "20200101T000000Z-abcdef0" });
      expect(verdictOf(unknown)).toMatchObject({ exitCode: 1, status: "failed", code: "config" });
      expect(await site.serving()).toMatchObject({ status: 200, version: "a" });
    });

    test("forward again to a named release works", async () => {
      const forward = await site.operate("rollback", { release: ids[2] ?? "" });
      expect(verdictOf(forward), forward.log.text).toMatchObject({
        exitCode: 0,
        status: "rolled-back",
      });
      expect(await site.serving()).toMatchObject({ status: 200, version: "c" });
    });

    test("that fails returns to where it started", async () => {
      const flag = join(site.path, "shared", `no-${ids[0] ?? ""}`);
      await writeFile(flag, "");
      const failed = await site.operate("rollback", { release: ids[0] ?? "" });
      expect(verdictOf(failed), failed.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        failedStep: "activate",
      });
      await expectUntouched(site, ids[2] ?? "");
      await rm(flag);
    });
  });
}
