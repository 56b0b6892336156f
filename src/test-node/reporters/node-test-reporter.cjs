// A reporter of Node's own test runner. It tells of a test when it begins (`test:dequeue`, at once) and when its turn
// to be reported comes (`test:start`, `test:pass` and `test:fail`, in the order in which the tests are written).
"use strict";
const { resolve } = require("node:path");
const { Transform } = require("node:stream");
const { note, identity, numbered, failureOf, noteLines } = require("./events.cjs");

const mostPrinted = 8000;

class Told {
  #begun = new Paths();
  #reported = new Paths();
  /** What each test was called when it began: those that run side by side end in another order. */
  #identities = new Map();
  #seen = new Map();
  /** What the file of a test printed on standard error. */
  #printed = new Map();

  "test:dequeue"(data) {
    if (isFile(data)) return;
    const path = this.#begun.enter(data);
    const test = numbered(identity(data.file, path, data.line), this.#seen);
    const key = keyOf(data);
    this.#identities.set(key, [...(this.#identities.get(key) ?? []), test]);
    note({ event: "start", ...test });
  }

  "test:start"(data) {
    this.#reported.enter(data);
  }

  "test:pass"(data) {
    this.#end(data, data.skip === undefined && data.todo === undefined ? "passed" : "skipped");
  }

  "test:fail"(data) {
    // One that is still to be done may fail.
    this.#end(data, data.todo === undefined ? "failed" : "skipped");
  }

  "test:stderr"({ file, message }) {
    const path = resolve(file);
    this.#printed.set(path, `${this.#printed.get(path) ?? ""}${message}`.slice(-mostPrinted));
  }

  "test:coverage"({ summary }) {
    const files = summary.files.filter(({ path }) => path !== module.filename);
    noteLines(files.map(({ path, lines }) => ({ name: path, lines: lines.map(lineOf) })));
  }

  #end(data, outcome) {
    if (this.#wasCutOff(data)) return;
    const { details, file } = data;
    const path = isFile(data) ? [] : this.#reported.enter(data);
    const test = this.#identities.get(keyOf(data))?.shift() ?? identity(file, path, data.line);
    if (details.type === "suite" && !failsByItself(details.error)) {
      note({ event: "closed", ...test });
      return;
    }
    const failure = outcome === "failed" ? this.#failure(data) : {};
    note({
      event: "end",
      ...test,
      outcome,
      attempt: 1,
      durationMs: details.duration_ms,
      ...failure,
    });
  }

  /** Whether this is a file that ended while a test of it ran: that test is named as the one that did not end. */
  #wasCutOff(data) {
    if (!isFile(data)) return false;
    return [...this.#identities.values()].flat().some(({ file }) => file === data.file);
  }

  #failure(data) {
    const { error } = data.details;
    if (isFile(data)) return failureOfFile(data, this.#printed.get(data.file) ?? "");
    const cause = error.cause ?? error;
    const message = cause.message ?? String(cause);
    return failureOf(message, cause.stack ?? message, data.file);
  }
}

/** The names from the outermost group to the test at hand, for each file that is run. */
class Paths {
  #paths = new Map();

  enter({ file, entryFile = file, nesting, name }) {
    const path = [...(this.#paths.get(entryFile) ?? []).slice(0, nesting), name];
    this.#paths.set(entryFile, path);
    return path;
  }
}

/** Each file is a test to the runner, by its path; it is told of only where it failed without any. */
function isFile({ file, name }) {
  return file !== undefined && resolve(name) === file;
}

function lineOf({ line, count }) {
  return [line, count];
}

function keyOf({ file, line, column, nesting, name }) {
  return JSON.stringify([file, line, column, nesting, name]);
}

/** A group fails with each of its tests, and sometimes by itself, as in a hook. */
function failsByItself(error) {
  return error !== undefined && error.failureType !== "subtestsFailed";
}

/** A file that cannot be loaded, or ended before its time: why stands only in what it printed. */
function failureOfFile({ file, details: { error } }, printed) {
  const ended = error.signal
    ? `it was ended by ${error.signal}`
    : `it ended with exit code ${error.exitCode}`;
  const message = /^(?:Uncaught )?\w*Error\b.*$/m.exec(printed)?.[0] ?? ended;
  return { ...placeOfSyntax(file, printed), ...failureOf(message, printed || message, file) };
}

/** What cannot be parsed is told without any frame, below a line such as `file:///app/test/a.test.js:3`. */
function placeOfSyntax(file, printed) {
  const lines = printed.split("\n").map((line) => line.replace(/^file:\/\//, ""));
  const failedLine = lines.find((line) => line.startsWith(`${file}:`))?.slice(file.length + 1);
  return failedLine === undefined
    ? {}
    : { failedFile: file, failedLine: Number.parseInt(failedLine) };
}

const told = new Told();

/** Takes the events of the runner, and prints nothing. */
module.exports = new Transform({
  writableObjectMode: true,
  transform({ type, data }, _encoding, done) {
    told[type]?.(data);
    done();
  },
  flush(done) {
    note({ event: "done" });
    done();
  },
});
