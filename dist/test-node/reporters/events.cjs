// What our reporters note, one JSON text a line, in the file that BELAY_EVENTS names. Each line is appended by one
// write, so that processes side by side never mix theirs; a test that never ends has at least its start there.
"use strict";
const { appendFileSync } = require("node:fs");
const { relative } = require("node:path");

const mostDetail = 8000;

/** Appends one event to the file that the variable names; a failure to do so must not fail the project's tests. */
function noteIn(variable, event) {
  const file = process.env[variable];
  if (!file) return;
  try {
    appendFileSync(file, `${JSON.stringify(event)}\n`);
  } catch {
    // The verdict then rests on the exit code.
  }
}

const note = (event) => noteIn("BELAY_EVENTS", event);

/** What names a test: the same in the next run, wherever the checkout lies. */
function identity(file, path, line) {
  const from = relative(process.env.BELAY_ROOT ?? process.cwd(), file);
  const name = path.join(" > ") || from;
  return { id: [from, ...path].join(" > "), name, file, ...(line && { line }) };
}

/** Two tests of one name are two tests. */
function numbered(test, seen) {
  const count = (seen.get(test.id) ?? 0) + 1;
  seen.set(test.id, count);
  return count === 1 ? test : { ...test, id: `${test.id} #${count}` };
}

/** Text without the escapes that colour it. */
function plain(text) {
  // eslint-disable-next-line no-control-regex -- escapes are control characters
  return String(text ?? "").replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "");
}

/** The message of a failure, all of it, and the place in the project's own code where it happened. */
function failureOf(message, stack, file) {
  const text = plain(message).trim();
  const detail = (plain(stack) || text).slice(0, mostDetail);
  return { message: headOf(text), detail, ...placeIn(plain(stack), file) };
}

/** The first line, and where that only leads up to it (`Expected values to be strictly equal:`) the next one too. */
function headOf(text) {
  const [first = "", next] = text.split("\n").filter((line) => line.trim() !== "");
  return first.endsWith(":") && next !== undefined ? `${first} ${next.trim()}` : first;
}

/** The frame of the test's own file, else the first of the project's own code. */
function placeIn(stack, file) {
  const found = stack.matchAll(/(?:\(|at )(?:file:\/\/)?(\/[^\n()]+?):(\d+):\d+\)?/g);
  const frames = [...found].map(([, path, line]) => ({
    failedFile: path.replace(/\?.*$/, ""),
    failedLine: Number(line),
  }));
  const own = frames.filter(({ failedFile }) => !failedFile.includes("/node_modules/"));
  return own.find(({ failedFile }) => failedFile === file) ?? own[0] ?? {};
}

/** Appends what a coverage map of istanbul holds. */
function noteCoverage(map) {
  if (typeof map?.fileCoverageFor !== "function") return;
  noteLines(
    map.files().map((name) => ({
      name,
      lines: Object.entries(map.fileCoverageFor(name).getLineCoverage()),
    })),
  );
}

/** Appends how often each line of each file ran, in the form of lcov, to the file that BELAY_LCOV names. */
function noteLines(files) {
  const file = process.env.BELAY_LCOV;
  if (!file) return;
  try {
    appendFileSync(file, files.map(lcovOf).join(""));
  } catch {
    // Then nothing was measured.
  }
}

function lcovOf({ name, lines }) {
  const parts = [
    `SF:${name}`,
    ...lines.map(([line, hits]) => `DA:${line},${hits}`),
    "end_of_record",
  ];
  return `${parts.join("\n")}\n`;
}

module.exports = { note, noteIn, identity, numbered, plain, failureOf, noteCoverage, noteLines };
