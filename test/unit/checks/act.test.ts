import { describe, expect, it } from "vitest";
import { act, type ChecksAction } from "../../../src/checks/act.js";
import { type ChecksInputs, readChecksInputs } from "../../../src/checks/checks-inputs.js";
import { type CheckResult, failed, passed, type TestResult } from "../../../src/checks/result.js";
import type { Verdict } from "../../../src/checks/verdict.js";
import { BelayError } from "../../../src/kit/errors.js";
import { type FakeChecksPlatform, fakeChecksPlatform } from "../../support/checks-platform.js";

function action(verdict: Verdict | Error): ChecksAction<ChecksInputs> {
  return {
    name: "test-any",
    readInputs: (reader, mask) => {
      const inputs = readChecksInputs(reader, mask);
      reader.finish();
      return inputs;
    },
    look: () => Promise.resolve(),
    run: () => (verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict)),
  };
}

async function ran(
  verdict: Verdict | Error,
  inputs: Readonly<Record<string, string>> = {},
): Promise<FakeChecksPlatform> {
  const fake = fakeChecksPlatform(inputs);
  await act(action(verdict), fake.platform);
  return fake;
}

function check(name: string, outcome: Partial<CheckResult> = {}): CheckResult {
  return { name, startedAt: "2026-01-02T03:04:05.000Z", durationMs: 10, ...passed(), ...outcome };
}

function test(name: string, over: Partial<TestResult> = {}): TestResult {
  const usual = { outcome: "passed", durationMs: 1, attempts: 1, flaky: false } as const;
  return { id: name, name, ...usual, ...over };
}

const coverage = new Map([["a.py", { covered: new Set([1, 2]), missed: new Set([3]) }]]);

describe("the verdict", () => {
  it("of checks that all passed sets every output", async () => {
    const tests = [test("a"), test("b", { outcome: "skipped" })];
    const results = [check("system"), check("tests", { tests })];
    const { outputs, log, hasFailed } = await ran({ results, cacheHit: "exact", coverage });
    expect(outputs).toMatchObject({
      status: "passed",
      tests: "2",
      failed: "0",
      skipped: "1",
      coverage: "66.6",
      "cache-hit": "exact",
      "failed-checks": "",
      "duration-ms": "0",
    });
    expect(hasFailed()).toBe(false);
    expect(log.entries.at(-1)).toBe("info: passed: 2 checks passed, 2 tests (0 ms)");
  });

  it("names every check that failed, and annotates what they found", async () => {
    const finding = {
      level: "error",
      message: "it is bad",
      place: { file: "a.py", line: 3 },
    } as const;
    const results = [check("a", failed("")), check("b", failed("bad", [finding])), check("c")];
    const { outputs, log, hasFailed } = await ran({ results, cacheHit: "none" });
    expect(outputs).toMatchObject({ status: "failed", "failed-checks": "a\nb", coverage: "" });
    expect(log.of("error")).toEqual(["it is bad", "failed"]);
    expect(hasFailed()).toBe(true);
    expect(JSON.parse(outputs["report"] ?? "")).toMatchObject({
      status: "failed",
      title: "2 of 3 checks failed: a, b",
      error: { code: "checks-failed" },
      steps: [{ status: "failed" }, { status: "failed" }, { status: "ok" }],
    });
  });

  it("of an action that broke off is its error", async () => {
    const { outputs, log } = await ran(new BelayError("tool-missing", "no Python", "Install it."));
    expect(outputs).toMatchObject({ status: "failed", tests: "0", "cache-hit": "none" });
    expect(log.of("error")).toEqual(["no Python. Install it."]);
  });

  it("annotates within the runner's limit, the project's own places first, and says how many more", async () => {
    const finding = (at: number): { level: "error"; message: string } => ({
      level: "error",
      message: `finding ${at}`,
    });
    const own = { ...finding(99), place: { file: "a.py" } };
    const findings = [...Array.from({ length: 20 }, (_, at) => finding(at)), own];
    const { log, summaries } = await ran({
      results: [check("a", failed("bad", findings))],
      cacheHit: "none",
    });
    expect(log.of("error")).toHaveLength(10);
    expect(log.of("error")[0]).toBe("finding 99");
    expect(log.of("error").at(-1)).toBe("12 more are in the job summary");
    for (let at = 0; at < 20; at += 1) expect(summaries[0]).toContain(`finding ${at}`);
  });
});

describe("a secret", () => {
  it("that the project's programs print reaches no annotation, no summary and no output", async () => {
    const inputs = {
      "database-url": "postgresql://ada:planted-word@db/app",
      env: "KEY=planted-key",
    };
    const told = "cannot reach planted-word with planted-key";
    const tests = [test(told, { outcome: "failed", message: told, detail: told })];
    const results = [
      check("tests", { ...failed(told, [{ level: "error", message: told }]), tests }),
    ];
    const { log, summaries, outputs } = await ran({ results, cacheHit: "none" }, inputs);
    for (const text of [...log.entries, ...summaries, ...Object.values(outputs)])
      expect(text).not.toContain("planted");
    expect(log.of("error")).toContain("cannot reach *** with ***");
  });
});

describe("min-coverage", () => {
  it.each([
    ["66", "passed"],
    ["66.7", "failed"],
  ])("%s with 66.6 %% is %s", async (wanted, status) => {
    const { outputs } = await ran(
      { results: [check("tests")], cacheHit: "none", coverage },
      { "min-coverage": wanted },
    );
    expect(outputs["status"]).toBe(status);
  });

  it("fails what was not measured, as such and not as 0", async () => {
    const { log } = await ran({ results: [], cacheHit: "none" }, { "min-coverage": "80" });
    expect(log.of("error")).toEqual(["not measured, and `min-coverage` wants 80 %"]);
  });
});

describe("the summary", () => {
  it("has all of a failure, whatever it holds", async () => {
    const detail = "```\n</details> <script>\n````";
    const tests = [test("<b>", { outcome: "failed", message: "|x|", detail })];
    const { summaries } = await ran({
      results: [check("tests", { ...failed("1 failed"), tests })],
      cacheHit: "none",
    });
    expect(summaries[0]).toContain("`````text\n```\n</details> <script>\n````\n`````");
    expect(summaries[0]).not.toContain("<b>");
  });

  it("of 20,000 failures stays below what the runner drops, and says how many are left out", async () => {
    const tests = Array.from({ length: 20_000 }, (_, at) =>
      test(`test ${at}`, { outcome: "failed", message: "1 != 2", detail: "x".repeat(500) }),
    );
    const { summaries } = await ran({
      results: [check("tests", { ...failed("all"), tests })],
      cacheHit: "none",
    });
    expect(Buffer.byteLength(summaries[0] ?? "")).toBeLessThan(1 << 20);
    expect(summaries[0]).toMatch(/\d+ more parts are in the log of the step\./);
  });

  it("names new failures, flaky tests and the slowest ten", async () => {
    const tests = Array.from({ length: 12 }, (_, at) => test(`t${at}`, { durationMs: at * 100 }));
    const flaky = test("wobbles", { flaky: true, attempts: 2 });
    const verdict = {
      results: [check("tests", { tests: [...tests, flaky] })],
      cacheHit: "none" as const,
    };
    const { summaries } = await ran({
      ...verdict,
      newFailures: [test("broke now", { outcome: "failed" })],
    });
    expect(summaries[0]).toContain("broke now");
    expect(summaries[0]).toMatch(/Flaky tests.*\n\n- wobbles/);
    expect(summaries[0]).toContain("| t11 | 1.1 s |");
    expect(summaries[0]).not.toContain("| t1 |");
  });

  it("is left out on demand", async () => {
    expect((await ran({ results: [], cacheHit: "none" }, { summary: "false" })).summaries).toEqual(
      [],
    );
  });
});

describe("inputs", () => {
  it("fill the parts of the database's URL into the project's variables", async () => {
    const url = "postgresql://ada:p%40ss@db.example:5433/app";
    const fake = fakeChecksPlatform({
      "database-url": url,
      env: "HOST=${DATABASE_HOST}:${DATABASE_PORT}\nPASS=${DATABASE_PASSWORD}\nKEPT=${OTHER}",
    });
    let env: unknown;
    const reading = {
      ...action({ results: [], cacheHit: "none" }),
      run: (inputs: ChecksInputs) => (
        (env = inputs.env),
        Promise.resolve<Verdict>({ results: [], cacheHit: "none" })
      ),
    };
    await act(reading, fake.platform);
    expect(env).toEqual([
      { name: "HOST", value: "db.example:5433" },
      { name: "PASS", value: "p@ss" },
      { name: "KEPT", value: "${OTHER}" },
    ]);
    expect(fake.log.masked).toEqual(expect.arrayContaining([url, "p@ss"]));
  });

  it.each([
    [{ env: "A=${DATABASE_URL}" }, "uses `${DATABASE_URL}`, which needs `database-url`"],
    [{ "working-directory": "../other" }, "`working-directory`"],
    [{ "working-directory": "/etc" }, "`working-directory`"],
    [{ extra: "make lint" }, "`extra`"],
    [{ "min-coverage": "101" }, "`min-coverage`"],
    [{ timeout: "soon" }, "`timeout`"],
    [{ "database-url": "postgresql://host" }, "the URL names no database"],
  ])("%o is refused by name", async (inputs, message) => {
    const { outputs, log } = await ran({ results: [], cacheHit: "none" }, inputs);
    expect(outputs["status"]).toBe("failed");
    expect(log.of("error")[0]).toContain(message);
  });
});
