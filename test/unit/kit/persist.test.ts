import { describe, expect, it } from "vitest";
import { Deadline } from "../../../src/kit/deadline.js";
import { BelayError } from "../../../src/kit/errors.js";
import { type Attempt, persist, retryAfterMs } from "../../../src/kit/persist.js";
import { FakeClock } from "../../support/fake-clock.js";

const failure = new BelayError("service-failed", "it is down", "wait");

interface Tries {
  readonly begun: number[];
  readonly limits: number[];
  readonly outcome: string;
  readonly endedAt: number;
}

async function run(
  answers: readonly (Attempt<string> & { readonly tookMs?: number })[],
  { limitMs = 20_000, random = 0 } = {},
): Promise<Tries> {
  const clock = new FakeClock();
  const begun: number[] = [];
  const limits: number[] = [];
  const deadline = new Deadline(clock, clock.monotonic(), limitMs);
  const attempt = async (timeoutMs: number): Promise<Attempt<string>> => {
    begun.push(clock.monotonic());
    limits.push(timeoutMs);
    const answer = answers[Math.min(begun.length, answers.length) - 1] ?? { failure };
    await clock.sleep(Math.min(answer.tookMs ?? 0, timeoutMs));
    return answer;
  };
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => clock.sleep(ms, signal);
  const work = persist(attempt, { deadline, sleep, random: () => random });
  const outcome = await clock.run(work.catch((error: unknown) => (error as Error).message));
  return { begun, limits, outcome, endedAt: clock.monotonic() };
}

describe("persisting", () => {
  it("ends with the first result", async () => {
    expect(await run([{ failure }, { value: "done" }])).toMatchObject({ outcome: "done" });
  });

  it("waits longer each time, with jitter", async () => {
    expect((await run([{ failure }], { limitMs: 4000 })).begun).toEqual([0, 250, 750, 1750, 3750]);
    expect((await run([{ failure }], { limitMs: 4000, random: 0.5 })).begun).toEqual([
      0, 375, 1125, 2625,
    ]);
  });

  it("waits as long as it is asked to", async () => {
    const { begun } = await run([{ failure, afterMs: 3000 }, { value: "done" }]);
    expect(begun).toEqual([0, 3000]);
  });

  it("gives up at once where the wait would be longer than what is left", async () => {
    const { outcome, endedAt } = await run([{ failure, afterMs: 60_000 }]);
    expect({ outcome, endedAt }).toEqual({ outcome: "it is down", endedAt: 0 });
  });

  it("leaves time for another try when the first is silent, and never passes the deadline", async () => {
    const { limits, endedAt, begun } = await run([{ failure, tookMs: 99_999 }], {
      limitMs: 15_000,
    });
    expect(begun).toHaveLength(2);
    expect(limits).toEqual([10_000, 4750]);
    expect(endedAt).toBeLessThanOrEqual(15_000);
  });
});

it.each([
  ["2", 2000],
  ["0", 0],
  ["Fri, 02 Jan 2026 03:04:15 GMT", 10_000],
  ["Fri, 02 Jan 2026 03:00:00 GMT", 0],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
])("Retry-After: %s is %s ms", (header, ms) => {
  expect(retryAfterMs(header, Date.UTC(2026, 0, 2, 3, 4, 5))).toBe(ms);
});
