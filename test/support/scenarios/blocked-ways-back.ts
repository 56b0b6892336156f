import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorsOf, reportOf, verdictOf } from "../report-of.js";
import type { World } from "../world.js";

/** What is left when there is no way back, or when that way is blocked. */
export function blockedWaysBack(world: () => World): void {
  describe("a first deploy that fails", () => {
    test("leaves nothing running, and says that there is nothing to go back to", async () => {
      const site = await world().site();
      const result = await site.deploy(
        { version: "1.0", broken: "answers-500" },
        { "health-timeout": "1s" },
      );
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        failedStep: "gate",
      });
      expect(result.log.text).toContain("nothing to go back to");
      expect(await site.serving()).toBeUndefined();
      expect(await site.current()).toBeUndefined();
      const next = await site.deploy({ version: "1.1" });
      expect(verdictOf(next), next.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    });
  });

  describe("an undo that fails", () => {
    test("never hides the error before it, and holds deploys until a person says otherwise", async () => {
      const site = await world().site();
      const restart = "[ ! -e ../../shared/no-restart ] || exit 11\nsh restart.sh\n";
      await site.deploy({ version: "1.0" }, { restart });
      const result = await site.deploy(
        { version: "2.0" },
        { restart, after: "touch ../../shared/no-restart\necho the first error >&2\nexit 9\n" },
      );
      expect(verdictOf(result), result.log.text).toEqual({
        exitCode: 1,
        status: "rollback-failed",
        failedStep: "after",
        code: "command-failed",
      });
      expect(reportOf(result).error?.message).toContain("after");
      expect(`${errorsOf(result)}${result.log.text}`).toContain("could not be put back");

      await rm(join(site.path, "shared/no-restart"));
      const held = await site.deploy({ version: "2.1" }, { restart });
      expect(verdictOf(held)).toMatchObject({ exitCode: 1, code: "locked" });
      expect((await site.belay("release-hold")).code).toBe(0);
      const next = await site.deploy({ version: "2.2" }, { restart });
      expect(verdictOf(next), next.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      expect(await site.serving()).toMatchObject({ status: 200, version: "2.2" });
    });
  });
}
