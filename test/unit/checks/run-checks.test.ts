import { describe, expect, it } from "vitest";
import type { Check } from "../../../src/checks/check.js";
import { failed, passed } from "../../../src/checks/result.js";
import { type CheckRun, runChecks } from "../../../src/checks/run-checks.js";
import { BelayError } from "../../../src/kit/errors.js";
import { FakeClock } from "../../support/fake-clock.js";
import { RecordingLog } from "../../support/recording-log.js";

const clock = new FakeClock();

function runWith(over: Partial<CheckRun> = {}): CheckRun & { readonly log: RecordingLog } {
  const log = new RecordingLog();
  const signal = new AbortController().signal;
  return { clock, timeLimitMs: 60_000, signal, ...over, log };
}

/** Takes `ms`, and notes when it began and ended. */
function taking(name: string, ms: number, notes: string[] = []): Check {
  return {
    name,
    run: async (signal) => {
      notes.push(`${name} begins`);
      await clock.sleep(ms, signal).catch(() => undefined);
      notes.push(`${name} ends`);
      return passed();
    },
  };
}

const broken: Check = {
  name: "broken",
  run: () => Promise.reject(new BelayError("tool-missing", "no such tool", "Install it.")),
};

describe("checks", () => {
  it("all run, also after one failed or broke", async () => {
    const bad: Check = { name: "bad", run: () => Promise.resolve(failed("it is bad")) };
    const results = await clock.run(runChecks([[[bad, broken, taking("good", 1)]]], runWith()));
    expect(results.map(({ name, status }) => [name, status])).toEqual([
      ["bad", "failed"],
      ["broken", "failed"],
      ["good", "passed"],
    ]);
    expect(results[1]?.findings[0]?.message).toBe("no such tool. Install it.");
  });

  it("of two lanes run side by side, those of one lane and of two stages in order", async () => {
    const notes: string[] = [];
    const check = (name: string, ms: number): Check => taking(name, ms, notes);
    const stages = [[[check("a", 10), check("b", 10)], [check("c", 15)]], [[check("d", 1)]]];
    const results = await clock.run(runChecks(stages, runWith()));
    expect(notes).toEqual([
      "a begins",
      "c begins",
      "a ends",
      "b begins",
      "c ends",
      "b ends",
      "d begins",
      "d ends",
    ]);
    expect(results.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  });

  it("that run at the end of the time are ended and have failed; the rest is told as not run", async () => {
    const stages = [[[taking("slow", 10_000), taking("late", 1)]]];
    const results = await clock.run(runChecks(stages, runWith({ timeLimitMs: 2000 })));
    expect(results).toMatchObject([
      { status: "failed", reason: "ended because the time for all checks was over" },
      {
        status: "failed",
        reason: "not run: the time for all checks was over",
        startedAt: "",
      },
    ]);
    expect(results[0]?.durationMs).toBe(2000);
  });

  it("of a job that is cancelled end at once", async () => {
    const cancelled = AbortSignal.abort();
    const results = await clock.run(
      runChecks([[[taking("any", 10)]]], runWith({ signal: cancelled })),
    );
    expect(results[0]).toMatchObject({
      status: "failed",
      reason: "not run: the job was cancelled",
    });
  });
});

describe("what checks print", () => {
  const printing = (name: string, ...texts: readonly string[]): Check => ({
    name,
    run: async (_, print) => {
      for (const text of texts) {
        print(text);
        await clock.sleep(1);
      }
      return passed();
    },
  });

  it("stands in a fold of its own when they run alone", async () => {
    const run = runWith();
    await clock.run(runChecks([[[printing("lint", "one\ntw", "o\n")]]], run));
    expect(run.log.entries).toEqual([
      "group: lint",
      "output: one",
      "output: two",
      "end: ",
      "info: lint: passed (2 ms)",
    ]);
  });

  it("never mixes lines of two checks, and each line says whose it is", async () => {
    const run = runWith();
    const stages = [[[printing("a", "a begins, ", "a ends\n")], [printing("b", "b\n", "rest")]]];
    await clock.run(runChecks(stages, run));
    expect(run.log.of("output")).toEqual(["b | b", "a | a begins, a ends", "b | rest"]);
  });

  it("of 50 MB is cut in the middle, and its end is shown", async () => {
    const run = runWith();
    const line = `${"x".repeat(1023)}\n`;
    const flood: Check = {
      name: "flood",
      run: (_, print) => {
        for (let at = 0; at < 50_000; at += 1) print(line);
        print("the last line\n");
        return Promise.resolve(passed());
      },
    };
    await clock.run(runChecks([[[flood]]], run));
    const shown = run.log.of("output").join("\n");
    expect(shown.length).toBeLessThan(5_000_000);
    expect(shown).toMatch(/… 44\.8 MiB are left out here …/);
    expect(shown).toMatch(/the last line$/);
  });
});
