import type { CheckResult, Finding, TestResult } from "./result.js";
import type { Verdict } from "./verdict.js";

type Redact = (text: string) => string;

/** The same verdict without what `redact` takes out of texts: they go to a summary and to other actions. */
export function redactVerdict(verdict: Verdict, redact: Redact): Verdict {
  const { newFailures } = verdict;
  return {
    ...verdict,
    results: verdict.results.map((result) => redactResult(result, redact)),
    ...(newFailures && { newFailures: newFailures.map((test) => redactTest(test, redact)) }),
  };
}

function redactResult(result: CheckResult, redact: Redact): CheckResult {
  const { tests } = result;
  return {
    ...result,
    reason: redact(result.reason),
    findings: result.findings.map((finding): Finding => ({
      ...finding,
      message: redact(finding.message),
    })),
    ...(tests && { tests: tests.map((test) => redactTest(test, redact)) }),
  };
}

function redactTest(test: TestResult, redact: Redact): TestResult {
  const { message, detail } = test;
  return {
    ...test,
    name: redact(test.name),
    ...(message !== undefined && { message: redact(message) }),
    ...(detail !== undefined && { detail: redact(detail) }),
  };
}
