import type { XmlElement } from "@rgrove/parse-xml";
import { oneLine } from "../kit/one-line.js";
import type { Placer } from "./places.js";
import type { TestOutcome, TestResult } from "./result.js";
import { childNamed, elementsNamed, xmlRoot } from "./xml-tree.js";

const longestMessage = 300;
const longestDetail = 8000;

/** Reads a JUnit report; undefined when it is none, or was cut short. */
export function parseJunit(text: string, place: Placer): readonly TestResult[] | undefined {
  const root = xmlRoot(text);
  if (root === undefined || !["testsuites", "testsuite"].includes(root.name)) return undefined;
  const byId = new Map<string, TestResult>();
  for (const element of elementsNamed(root, "testcase")) {
    const test = testOf(element, place);
    const before = byId.get(test.id);
    byId.set(test.id, before === undefined ? test : again(before, test));
  }
  return [...byId.values()];
}

/** Some runners write a test once for each attempt. */
function again(before: TestResult, now: TestResult): TestResult {
  const failedBefore = before.outcome === "failed" || before.flaky;
  return {
    ...now,
    attempts: before.attempts + 1,
    durationMs: before.durationMs + now.durationMs,
    flaky: failedBefore && now.outcome === "passed",
  };
}

function testOf(element: XmlElement, place: Placer): TestResult {
  const { attributes } = element;
  const group = attributes["classname"] ?? "";
  const own = attributes["name"] ?? "";
  const name = group === "" || own.startsWith(group) ? own : `${group} › ${own}`;
  const trouble = childNamed(element, "failure", "error");
  const retried = childNamed(element, "flakyFailure", "flakyError", "rerunFailure", "rerunError");
  const where = place(attributes["file"] ?? "", Number(attributes["line"] ?? Number.NaN));
  const seconds = Number(attributes["time"] ?? 0);
  return {
    id: name,
    name,
    ...(where && { place: where }),
    outcome: outcomeOf(element, trouble),
    durationMs: Number.isFinite(seconds) ? Math.round(seconds * 1000) : 0,
    attempts: retried === undefined ? 1 : 2,
    flaky: trouble === undefined && retried !== undefined,
    ...(trouble && troubleOf(trouble)),
  };
}

function outcomeOf(element: XmlElement, trouble: XmlElement | undefined): TestOutcome {
  if (trouble !== undefined) return "failed";
  return childNamed(element, "skipped") === undefined ? "passed" : "skipped";
}

function troubleOf({ attributes, text }: XmlElement): { message: string; detail?: string } {
  const detail = text.trim().slice(0, longestDetail);
  const message = oneLine(attributes["message"] || detail || "failed", longestMessage);
  return { message, ...(detail !== "" && { detail }) };
}
