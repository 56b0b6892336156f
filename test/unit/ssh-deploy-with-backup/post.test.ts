import { describe, expect, it } from "vitest";
// What is loaded late in a run is loaded here: a fake clock does not wait for the disk.
import "../../../src/ssh-deploy-with-backup/operate.js";
import { finish } from "../../../src/ssh-deploy-with-backup/post.js";
import {
  type FakePlatform,
  fakePlatform,
  type FakePlatformOptions,
} from "../../support/action-platform.js";

async function post(options: FakePlatformOptions): Promise<FakePlatform> {
  const fake = fakePlatform(options);
  await fake.clock.run(finish(fake.platform));
  return fake;
}

describe("the post step", () => {
  it("does nothing when no operation was opened, or it was closed", async () => {
    for (const state of [{}, { token: "t1", closed: "true" }]) {
      expect((await post({ state })).host.connections).toBe(0);
    }
  });

  it("has an operation undone that the main step had to leave, and tells how it ended", async () => {
    const fake = await post({ state: { token: "t1" } });
    expect(fake.host.calls).toEqual(["undo t1"]);
    expect(fake.log.of("notice").join()).toContain("ended as undone");
  });

  it("says nothing of an operation that the server never knew", async () => {
    const undo = (
      call: Parameters<NonNullable<FakePlatformOptions["answers"]>[string]>[0],
    ): number => {
      call.record("late", "unknown", "there is no operation t1 here");
      return 1;
    };
    expect((await post({ state: { token: "t1" }, answers: { undo } })).log.of("notice")).toEqual(
      [],
    );
  });

  it("warns, and does not fail, when the server cannot be reached", async () => {
    const fake = fakePlatform({ state: { token: "t1" } });
    fake.host.unreachable = 10;
    await fake.clock.run(finish(fake.platform));
    expect(fake.log.of("warning").join()).toContain("the server ends it by itself");
    expect(fake.failed()).toBe(false);
  });
});
