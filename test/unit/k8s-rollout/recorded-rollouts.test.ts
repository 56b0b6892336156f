import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Api } from "../../../src/k8s-rollout/cluster/api.js";
import type { Grace } from "../../../src/k8s-rollout/rollout/grace.js";
import { Judge } from "../../../src/k8s-rollout/rollout/judge.js";
import { LiveView } from "../../../src/k8s-rollout/rollout/view.js";
import { type Rolled, watchRollout } from "../../../src/k8s-rollout/rollout/watch-rollout.js";
import { Deadline } from "../../../src/kit/deadline.js";
import { FakeClock } from "../../support/fake-clock.js";
import { type RecordedRollout, replayed } from "../../support/recorded-rollout.js";

const patient: Grace = {
  maxRestarts: 3,
  pullMs: 20_000,
  configMs: 30_000,
  scheduleMs: 120_000,
  stableMs: 1000,
};

interface Watched {
  readonly rolled: Rolled;
  /** The lines of the log, each without the workload. */
  readonly lines: readonly string[];
}

/** Watches a recorded rollout to its verdict, in no time. */
async function watch(name: string, grace: Partial<Grace> = {}): Promise<Watched> {
  const file = join(import.meta.dirname, "../../fixtures/rollouts", `${name}.json`);
  const recorded = JSON.parse(await readFile(file, "utf8")) as RecordedRollout;
  const clock = new FakeClock();
  const lines: string[] = [];
  const info = (line: string) => void lines.push(line.replace("rollout: deployment/web: ", ""));
  const rolled = await clock.run(
    (async () => {
      const api = new Api(replayed(recorded, clock), clock);
      const view = await LiveView.open("shop", api, clock, info);
      await clock.sleep(recorded.appliedMs);
      const judge = new Judge(recorded.applied, { ...patient, ...grace }, view);
      const deadline = new Deadline(clock, 0, recorded.endMs);
      const signal = new AbortController().signal;
      const [one] = await watchRollout([judge], view, { clock, log: { info }, deadline, signal });
      view.close();
      return one;
    })(),
  );
  if (rolled === undefined) throw new Error("nothing was watched");
  return { rolled, lines };
}

function verdictOf({ rolled: { standing, timedOut } }: Watched): unknown {
  return { state: standing.state, timedOut, cause: standing.trouble?.line };
}

describe("a rollout as a real API server told of it", () => {
  it("whose pods crash is known at the restart that is one too many, not by one look", async () => {
    for (const maxRestarts of [0, 1, 2, 3]) {
      const seen = await watch("crash", { maxRestarts });
      const restarts = ["", ", 1 restart", ", 2 restarts", ", 3 restarts"][maxRestarts] ?? "";
      expect(verdictOf(seen)).toEqual({
        state: "failed",
        timedOut: false,
        cause: `exited with 3${restarts}`,
      });
    }
  });

  it("whose pod is ready between its crashes is never done", async () => {
    const seen = await watch("late-crash", { stableMs: 5000, maxRestarts: 2 });
    expect(verdictOf(seen)).toMatchObject({ state: "failed", cause: "exited with 9, 2 restarts" });
    expect(seen.lines.some((line) => line.startsWith("1 of 1 new pods ready, to stay so"))).toBe(
      true,
    );
    // What kubectl takes for the end: ready once.
    const hasty = await watch("late-crash", { stableMs: 500 });
    expect(verdictOf(hasty)).toMatchObject({ state: "done" });
  });

  it("whose Secret comes 3 s late is good, or named where nobody would wait so long", async () => {
    const seen = await watch("late-secret");
    expect(verdictOf(seen)).toMatchObject({ state: "done", cause: undefined });
    expect(seen.lines).toContain(
      '0 of 1 new pods ready; CreateContainerConfigError, secret "late" not found',
    );
    const hasty = await watch("late-secret", { configMs: 1000 });
    expect(verdictOf(hasty)).toMatchObject({
      state: "failed",
      cause: 'CreateContainerConfigError, secret "late" not found',
    });
    expect(hasty.rolled.tookMs).toBeLessThan(5000);
  });

  it("whose quota has no room for a while is good, or named where nobody would wait so long", async () => {
    const seen = await watch("surge-quota");
    expect(verdictOf(seen)).toMatchObject({ state: "done", cause: undefined });
    const hasty = await watch("surge-quota", { scheduleMs: 2000 });
    expect(verdictOf(hasty)).toMatchObject({ state: "failed" });
    expect(hasty.rolled.standing.trouble?.line).toMatch(
      /^FailedCreate, pods? "web-[^"]+" is forbidden: exceeded quota: limit/,
    );
  });
});
