import type { ChildEnd } from "../ports/children.js";
import type { CheckOutcome, Finding, TestResult } from "./result.js";
import type { TestLedger } from "./test-events.js";

export interface TestRunEnd {
  readonly end: Pick<ChildEnd, "code" | "signal" | "tail">;
  readonly ledger: TestLedger;
  /** No test at all is no failure. */
  readonly allowNoTests: boolean;
  /** The run was ended from outside, at the end of its time. */
  readonly wasEnded: boolean;
}

/** What a run of tests comes to: every failing test is a finding, and so is a run that broke off. */
export function testOutcome(run: TestRunEnd): CheckOutcome {
  const tests = run.ledger.results();
  const failures = tests.filter(({ outcome }) => outcome === "failed");
  const broken = brokenOff(run, failures.length);
  const reasons = [
    ...(failures.length === 0 ? [] : [`${failures.length} of ${tests.length} tests failed`]),
    ...broken,
  ];
  const none = tests.length === 0 && reasons.length === 0 && !run.allowNoTests;
  if (none) reasons.push("no tests were found; `allow-no-tests: true` accepts that");
  return {
    status: reasons.length === 0 ? "passed" : "failed",
    reason: reasons.join("; "),
    findings: [
      ...broken.map((message) => brokenFinding(message, run.ledger)),
      ...failures.map(failureFinding),
      ...tests.flatMap(flakyFinding),
    ],
    tests,
  };
}

function brokenOff({ end, ledger, wasEnded }: TestRunEnd, failures: number): readonly string[] {
  const running = ledger.running();
  const at =
    running.length === 0
      ? ""
      : ` while ${running
          .slice(0, 5)
          .map(({ name }) => name)
          .join(", ")} ran`;
  if (wasEnded)
    return [`the tests did not end in time${at === "" ? "" : `: they were killed${at}`}`];
  if (end.signal === "SIGKILL" || end.code === 137)
    return [`the tests were killed${at}, most likely because the machine ran out of memory`];
  if (end.code === null) return [`the tests were ended by ${end.signal ?? "a signal"}${at}`];
  if (end.code !== 0 && failures === 0) return [`the tests ended with exit code ${end.code}${at}`];
  return end.code !== 0 && running.length > 0 ? [`the tests broke off${at}`] : [];
}

/** At the test that it broke off in. */
function brokenFinding(message: string, ledger: TestLedger): Finding {
  const place = ledger.running()[0]?.place;
  return { level: "error", message, ...(place && { place }) };
}

/** What went wrong with a failed test, in one line. */
export function failureText({ name, message }: TestResult): string {
  return message === undefined ? `${name} failed` : `${name}: ${message}`;
}

/** A failed test, where it went wrong. */
export function failureFinding(test: TestResult): Finding {
  return { level: "error", message: failureText(test), ...(test.place && { place: test.place }) };
}

function flakyFinding({ name, attempts, flaky, place }: TestResult): readonly Finding[] {
  if (!flaky) return [];
  const message = `${name} is flaky: it passed only at attempt ${attempts}`;
  return [{ level: "warning", message, ...(place && { place }) }];
}
