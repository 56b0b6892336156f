// Listens to a run of Mocha, beside the reporter of the project.
"use strict";
const { resolve } = require("node:path");
const { note, identity, numbered, failureOf } = require("./events.cjs");

/** Notes what `runner` tells. Mocha calls only the last attempt of a test passed or failed. */
function listen(runner) {
  note({ event: "found", count: runner.total });
  runner.on("test", (test) => note({ event: "start", ...identityOf(test) }));
  runner.on("retry", (test, error) => noteEnd(test, "failed", error));
  runner.on("pass", (test) => noteEnd(test, "passed"));
  runner.on("pending", (test) => noteEnd(test, "skipped"));
  runner.on("fail", (test, error) => noteEnd(test, "failed", error));
  runner.once("end", () => note({ event: "done" }));
}

function noteEnd(test, outcome, error) {
  const failure = error === undefined ? {} : failureIn(error, test.file);
  note({
    event: "end",
    ...identityOf(test),
    outcome,
    attempt: numberOf(test) + 1,
    durationMs: test.duration ?? 0,
    ...failure,
  });
}

/** Mocha has written the frames of the stack from its own folder on. */
function failureIn(error, file) {
  const { message = String(error), stack = message } = error;
  const frames = /(\(|at )([^\s()/:][^()\n:]*:\d+:\d+)/g;
  const whole = stack.replaceAll(frames, (_, before, frame) => `${before}${resolve(frame)}`);
  return failureOf(message, whole, file);
}

const seen = new Map();
const identities = new Map();

/** The same for all attempts of a test. A hook that fails is told like a test. */
function identityOf(test) {
  const { id } = test.retriedTest?.() ?? test;
  const known = identities.get(id);
  if (known !== undefined) return known;
  const found = numbered(identity(test.file ?? "", test.titlePath()), seen);
  identities.set(id, found);
  return found;
}

/** How many attempts went before: a hook has none. */
function numberOf(test) {
  return typeof test.currentRetry === "function" ? test.currentRetry() : 0;
}

module.exports = { listen };
