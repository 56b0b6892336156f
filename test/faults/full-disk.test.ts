import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { errorsOf, verdictOf } from "../support/report-of.js";
import { expectOneWholeRelease } from "../support/scenarios/whole-release.js";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.js";
import type { Site } from "../support/site.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile();

describe("a full disk", () => {
  let disk: SmallDisk;
  let site: Site;

  beforeAll(async () => {
    disk = await mountSmallDisk({ megabytes: 64 });
    site = await world().site({ path: join(disk.path, "app") });
    const result = await site.deploy({ version: "1.0" });
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
  });

  afterEach(() => disk.empty());

  afterAll(async () => {
    await site.remove();
    await disk.unmount();
  });

  test("before the deploy is refused with what to do, and nothing is touched", async () => {
    await disk.fill(4_000_000);
    const result = await site.deploy({ version: "2.0" });
    expect(verdictOf(result), result.log.text).toMatchObject({
      exitCode: 1,
      status: "failed",
      code: "disk-full",
    });
    expect(errorsOf(result)).toContain("keep-releases");
    await expectOneWholeRelease(site);
  });

  test.each(["build", "before", "migrate", "after"])(
    "that fills up in the %s lines leaves the old release serving",
    async (name) => {
      const before = await site.current();
      const fill = `cat /dev/zero >"${disk.path}/.filler"\n`;
      const result = await site.deploy({ version: `full in ${name}` }, { [name]: fill });
      expect(result.exitCode, result.log.text).toBe(1);
      expect(["failed", "rolled-back"]).toContain(result.outputs["status"]);
      await expectOneWholeRelease(site);
      expect(await site.current()).toBe(before);
    },
  );

  test("once there is room again takes the next deploy", async () => {
    const result = await site.deploy({ version: "3.0" });
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    await expectOneWholeRelease(site);
  });
});
