// A reporter of Playwright, which PW_TEST_REPORTER adds beside those of the project.
"use strict";
const { note, identity, failureOf } = require("./events.cjs");

module.exports = class PlaywrightReporter {
  printsToStdio() {
    return false;
  }

  onBegin(_config, suite) {
    note({ event: "found", count: suite.allTests().length });
  }

  onTestBegin(test) {
    note({ event: "start", ...identityOf(test) });
  }

  onTestEnd(test, result) {
    note({ event: "end", ...identityOf(test), ...attemptOf(test, result) });
  }

  onError(error) {
    const file = error.location?.file ?? "";
    const {
      failedFile = file,
      failedLine = error.location?.line,
      ...told
    } = failureIn(error, file);
    const outcome = { outcome: "failed", durationMs: 0, attempt: 1 };
    note({
      event: "end",
      ...identity(file, [told.message]),
      ...outcome,
      ...told,
      failedFile,
      failedLine,
    });
  }

  onEnd() {
    note({ event: "done" });
  }
};

function identityOf(test) {
  const [, project = "", , ...path] = test.titlePath();
  return identity(
    test.location.file,
    project ? [`[${project}]`, ...path] : path,
    test.location.line,
  );
}

/** A test that is expected to fail has passed when it did. */
function attemptOf(test, result) {
  const { status, retry, duration: durationMs, error } = result;
  const isFailure = status !== "skipped" && status !== test.expectedStatus;
  const outcome = status === "skipped" ? "skipped" : isFailure ? "failed" : "passed";
  const failure = isFailure ? failureIn(error ?? { message: status }, test.location.file) : {};
  return { outcome, durationMs, attempt: retry + 1, ...failure };
}

function failureIn(error, file) {
  const { location } = error;
  const told = failureOf(
    error.message ?? error.value,
    error.stack ?? error.message ?? error.value,
    file,
  );
  const place = location ? { failedFile: location.file, failedLine: location.line } : {};
  return { ...told, ...place };
}
