import { describe, expect, it } from "vitest";
import { Timeline } from "../../../src/kit/timeline.js";
import { FakeClock } from "../../support/fake-clock.js";

function start() {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const timeline = new Timeline(clock);
  const work = (ms: number) => () => clock.sleep(ms).then(() => ms);
  return { clock, timeline, work };
}

describe("a timeline", () => {
  it("notes each step with its start and its duration, in order", async () => {
    const { clock, timeline, work } = start();
    expect(await clock.run(timeline.step("upload", work(1200)))).toBe(1200);
    timeline.skip("build");
    await clock.run(timeline.step("activate", work(300)));
    expect(timeline.steps()).toEqual([
      { name: "upload", status: "ok", startedAt: "2026-01-01T00:00:00.000Z", durationMs: 1200 },
      { name: "build", status: "skipped", startedAt: "2026-01-01T00:00:01.200Z", durationMs: 0 },
      { name: "activate", status: "ok", startedAt: "2026-01-01T00:00:01.200Z", durationMs: 300 },
    ]);
    expect(timeline.failedStep).toBeUndefined();
  });

  it("notes a failing step, names the first one and passes its error on", async () => {
    const { timeline } = start();
    const broken = new Error("exit code 1");
    await expect(timeline.step("migrate", () => Promise.reject(broken))).rejects.toBe(broken);
    await expect(timeline.step("undo", () => Promise.reject(new Error("too")))).rejects.toThrow(
      "too",
    );
    expect(timeline.failedStep).toBe("migrate");
    expect(timeline.steps().map(({ status }) => status)).toEqual(["failed", "failed"]);
  });

  it("notes a step that throws before it waits for anything", async () => {
    const { timeline } = start();
    const thrown = timeline.step("build", () => {
      throw new Error("at once");
    });
    await expect(thrown).rejects.toThrow("at once");
    expect(timeline.failedStep).toBe("build");
  });

  it("marks as undone what had ended well, never what failed", async () => {
    const { clock, timeline, work } = start();
    await clock.run(timeline.step("activate", work(10)));
    await expect(timeline.step("gate", () => Promise.reject(new Error("500")))).rejects.toThrow();
    timeline.undone("activate");
    timeline.undone("gate");
    timeline.undone("never ran");
    expect(timeline.steps().map(({ status }) => status)).toEqual(["undone", "failed"]);
  });

  it("leaves out the step that still runs", async () => {
    const { clock, timeline, work } = start();
    const running = timeline.step("upload", work(1000));
    expect(timeline.steps()).toEqual([]);
    await clock.run(running);
    expect(timeline.steps()).toHaveLength(1);
  });
});
