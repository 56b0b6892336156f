// A reporter of Jest, beside those of the project.
"use strict";
const { note, identity, numbered, failureOf, noteCoverage } = require("./events.cjs");

module.exports = class JestReporter {
  onTestCaseStart(test, { ancestorTitles, title }) {
    note({ event: "start", ...identity(test.path, [...ancestorTitles, title]) });
  }

  onTestFileResult(test, { testResults, testExecError }) {
    const seen = new Map();
    for (const result of testResults) noteResult(test.path, result, seen);
    // A file that cannot be loaded has no test that could fail.
    if (testExecError) noteFile(test.path, testExecError);
  }

  onRunComplete(_contexts, results) {
    // Jest's own reporter of coverage comes after us.
    process.once("exit", () => noteCoverage(results.coverageMap));
    note({ event: "done" });
  }
};

function noteResult(file, result, seen) {
  const { ancestorTitles, title, status, duration, invocations = 1, location } = result;
  const outcome = status === "passed" || status === "failed" ? status : "skipped";
  const messages = [
    ...(result.retryReasons ?? []),
    ...(outcome === "failed" ? result.failureMessages : []),
  ];
  const test = numbered(identity(file, [...ancestorTitles, title], location?.line), seen);
  for (let attempt = 1; attempt <= Math.max(1, invocations); attempt += 1) {
    const isLast = attempt >= invocations;
    const message = messages[attempt - 1] ?? messages.at(-1);
    const ended = {
      attempt,
      durationMs: isLast ? (duration ?? 0) : 0,
      outcome: isLast ? outcome : "failed",
    };
    const failure = ended.outcome === "failed" && message ? failureOf(message, message, file) : {};
    note({ event: "end", ...test, ...ended, ...failure });
  }
}

function noteFile(file, error) {
  const failure = failureOf(error.message ?? error, error.stack ?? error.message, file);
  const outcome = { outcome: "failed", durationMs: 0, attempt: 1 };
  note({ event: "end", ...identity(file, []), ...outcome, ...failure });
}
