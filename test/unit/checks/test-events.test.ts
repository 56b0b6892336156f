import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEvents } from "../../../src/checks/event-file.js";
import { placesFrom } from "../../../src/checks/places.js";
import { TestLedger } from "../../../src/checks/test-events.js";
import { testOutcome } from "../../../src/checks/test-outcome.js";

const place = placesFrom("/repo", "/repo/backend");

function ledgerOf(...events: readonly object[]): TestLedger {
  const ledger = new TestLedger(place);
  for (const event of events) ledger.add(JSON.stringify(event));
  return ledger;
}

function ended(id: string, outcome: string, more: object = {}): object {
  return { event: "end", id, name: id, outcome, durationMs: 5, ...more };
}

const fine = { code: 0, signal: null, tail: "" };

describe("a ledger of tests", () => {
  it("places a failure where it happened, and a test where it is written", () => {
    const where = { file: "tests/test_a.py", line: 3 };
    const [good, bad] = ledgerOf(
      ended("a", "passed", where),
      ended("b", "failed", {
        ...where,
        failedFile: "/repo/lib/b.py",
        failedLine: 9,
        message: "1 != 2",
      }),
    ).results();
    expect(good?.place).toEqual({ file: "backend/tests/test_a.py", line: 3 });
    expect(bad).toMatchObject({ place: { file: "lib/b.py", line: 9 }, message: "1 != 2" });
  });

  it("does not place what lies in a library or outside of the repository", () => {
    const paths = ["/usr/lib/x.py", "node_modules/x/i.js", ".venv/lib/x.py", "../../etc/x"];
    for (const failedFile of paths)
      expect(ledgerOf(ended("a", "failed", { failedFile })).results()[0]?.place).toBeUndefined();
  });

  it("counts an event that is told twice once, and calls a test flaky that passed at last", () => {
    const first = ended("a", "failed", { attempt: 1 });
    const ledger = ledgerOf(first, first, ended("a", "passed", { attempt: 2 }));
    expect(ledger.results()).toMatchObject([
      { attempts: 2, flaky: true, outcome: "passed", durationMs: 10 },
    ]);
  });

  it("names of a group that began the test that it is at, and is rid of it once it is closed", () => {
    const start = (id: string): object => ({ event: "start", id, name: id });
    const begun = [start("a"), start("a > b"), start("ab")];
    expect(ledgerOf(...begun).running()).toMatchObject([{ name: "a > b" }, { name: "ab" }]);
    const ended = ledgerOf(
      ...begun,
      { event: "closed", id: "a > b" },
      { event: "closed", id: "a" },
    );
    expect(ended.running()).toMatchObject([{ name: "ab" }]);
    expect(ended.results()).toEqual([]);
  });

  it("names what began and did not end", () => {
    const start = (id: string): object => ({ event: "start", id, name: id });
    expect(ledgerOf(start("a"), start("b"), ended("a", "passed")).running()).toMatchObject([
      { name: "b" },
    ]);
  });

  it("leaves out lines that are no events", () => {
    const ledger = new TestLedger(place);
    for (const line of ["", "{", "null", "[]", '"end"', '{"event":"other"}']) ledger.add(line);
    expect(ledger.results()).toEqual([]);
    expect(ledger.running()).toEqual([]);
  });
});

describe("a file of events", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "belay-events-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("that was cut in a line tells all lines before", async () => {
    const lines = [ended("ä", "passed"), ended("b", "failed")].map((one) => JSON.stringify(one));
    const path = join(folder, "events");
    await writeFile(path, `${lines.join("\n")}\n{"event":"end","id":"c","outc`);
    const ledger = new TestLedger(place);
    await readEvents(path, ledger);
    expect(ledger.results().map(({ id }) => id)).toEqual(["ä", "b"]);
  });

  it("of 20,000 tests is read within a second", async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) =>
      JSON.stringify(ended(`t${at}`, "passed")),
    );
    const path = join(folder, "events");
    await writeFile(path, `${lines.join("\n")}\n`);
    const ledger = new TestLedger(place);
    await readEvents(path, ledger);
    expect(ledger.results()).toHaveLength(20_000);
  });
});

describe("a run of tests", () => {
  const options = { end: fine, allowNoTests: false, wasEnded: false };

  it("passes when every test did", () => {
    const ledger = ledgerOf(ended("a", "passed"), ended("b", "skipped"), { event: "done" });
    expect(testOutcome({ ...options, ledger })).toMatchObject({ status: "passed", reason: "" });
  });

  it("fails with each failing test as a finding, and warns of a flaky one", () => {
    const ledger = ledgerOf(
      ended("a", "failed", { message: "1 != 2" }),
      ended("b", "failed", { attempt: 1 }),
      ended("b", "passed", { attempt: 2 }),
    );
    const outcome = testOutcome({ ...options, end: { ...fine, code: 1 }, ledger });
    expect(outcome).toMatchObject({ status: "failed", reason: "1 of 2 tests failed" });
    expect(outcome.findings).toMatchObject([
      { level: "error", message: "a: 1 != 2" },
      { level: "warning", message: "b is flaky: it passed only at attempt 2" },
    ]);
  });

  it("without a single test fails, unless that is accepted", () => {
    expect(testOutcome({ ...options, ledger: ledgerOf() }).status).toBe("failed");
    expect(testOutcome({ ...options, allowNoTests: true, ledger: ledgerOf() }).status).toBe(
      "passed",
    );
  });

  it("that is ended names the test that hung", () => {
    const place = { file: "tests.py", line: 3 };
    const ledger = ledgerOf({ event: "start", id: "x", name: "test_hangs", ...place });
    const end = { code: null, signal: "SIGTERM", tail: "" };
    const { status, reason, findings } = testOutcome({ ...options, end, ledger, wasEnded: true });
    expect(status).toBe("failed");
    expect(reason).toBe("the tests did not end in time: they were killed while test_hangs ran");
    expect(findings).toMatchObject([{ place: { file: "backend/tests.py", line: 3 } }]);
  });

  it("that is killed says that the memory ran out, and at which test", () => {
    const ledger = ledgerOf({ event: "start", id: "x", name: "test_big" });
    const end = { code: null, signal: "SIGKILL", tail: "" };
    expect(testOutcome({ ...options, end, ledger }).reason).toMatch(/test_big.*out of memory/);
  });

  it("whose runner fails without a failing test fails by its exit code", () => {
    const ledger = ledgerOf(ended("a", "passed"));
    const end = { ...fine, code: 4 };
    expect(testOutcome({ ...options, end, ledger }).reason).toBe(
      "the tests ended with exit code 4",
    );
  });
});
