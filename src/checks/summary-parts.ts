import { formatDuration } from "../kit/duration.js";
import { escapeMarkdown } from "../kit/escape-markdown.js";
import type { CheckResult, Finding, TestResult } from "./result.js";
import { failureText } from "./test-outcome.js";
import { testsOf, type Verdict } from "./verdict.js";

/** The runner drops a summary over 1 MiB whole; the head of the section needs room too. */
const mostBytes = 900 << 10;
const slowestShown = 10;

/** What the summary holds besides the head: all failures, then what is good to know; cut where it is too long. */
export function summaryParts(verdict: Verdict): readonly string[] {
  const tests = testsOf(verdict);
  return withinLimit([
    ...verdict.results.flatMap(findingParts),
    ...newFailurePart(verdict),
    ...listPart(
      "Flaky tests (they passed when tried again)",
      tests.filter(({ flaky }) => flaky),
    ),
    ...slowestPart(tests),
    ...(verdict.sections ?? []),
  ]);
}

function withinLimit(parts: readonly string[]): readonly string[] {
  let bytes = 0;
  const kept = parts.filter((part) => (bytes += Buffer.byteLength(part) + 2) <= mostBytes);
  const left = parts.length - kept.length;
  return left === 0 ? kept : [...kept, `${left} more parts are in the log of the step.`];
}

/** A part each, so that the limit falls between two. */
function findingParts({ name, status, reason, findings, tests }: CheckResult): readonly string[] {
  if (status === "passed" && findings.length === 0) return [];
  const sign = { failed: "❌", skipped: "⏭️", passed: "⚠️" }[status];
  const head = `#### ${sign} ${escapeMarkdown(name)}${reason === "" ? "" : ` – ${escapeMarkdown(reason)}`}`;
  const failures = (tests ?? []).filter(({ outcome }) => outcome === "failed");
  const named = new Set(failures.map(failureText));
  const others = findings.filter(({ message }) => !named.has(message));
  return [head, ...others.map(findingLine), ...failures.map(failurePart)];
}

function findingLine({ level, message, place }: Finding): string {
  return `- ${level === "error" ? "❌" : "⚠️"} ${placeText(place)}${escapeMarkdown(message)}`;
}

function failurePart({ name, place, message = "failed", detail }: TestResult): string {
  const line = `- ❌ ${escapeMarkdown(name)} ${placeText(place)}${escapeMarkdown(message)}`;
  if (detail === undefined) return line;
  const summary = `<details><summary>${escapeMarkdown(name)}: all of it</summary>`;
  return `${line}\n\n${summary}\n\n${fenced(detail)}\n\n</details>`;
}

/** A fence that nothing in the text can end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text.toWellFormed()}\n${fence}`;
}

function placeText(place: Finding["place"]): string {
  if (place === undefined) return "";
  const line = place.line === undefined ? "" : `:${place.line}`;
  return `${escapeMarkdown(place.file + line)}: `;
}

function newFailurePart({ newFailures }: Verdict): readonly string[] {
  return newFailures === undefined
    ? []
    : listPart("New failures (they passed in the previous run of the branch)", newFailures);
}

function listPart(title: string, tests: readonly TestResult[]): readonly string[] {
  if (tests.length === 0) return [];
  return [`#### ${title}`, ...tests.map(({ name }) => `- ${escapeMarkdown(name)}`)];
}

function slowestPart(tests: readonly TestResult[]): readonly string[] {
  const slowest = tests.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, slowestShown);
  if (slowest.length === 0) return [];
  const rows = slowest.map(
    ({ name, durationMs }) => `| ${escapeMarkdown(name)} | ${formatDuration(durationMs)} |`,
  );
  return ["#### Slowest tests", ["| Test | Took |", "| --- | ---: |", ...rows].join("\n")];
}
