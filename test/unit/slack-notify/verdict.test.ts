import { describe, expect, it } from "vitest";
import { type Evidence, reportKind, verdictOf } from "../../../src/slack-notify/verdict.js";

const report = { action: "a", title: "", startedAt: "", facts: [] };
const good = { ...report, status: "deployed", error: undefined };
const error = { message: "m", remedy: "r" };
const rolledBack = { ...report, status: "rolled-back", error };

function verdict(over: Partial<Evidence>): string {
  return verdictOf({ status: undefined, jobs: [], reports: [], incomplete: false, ...over });
}

function job(result: string, reports: Evidence["reports"] = []): Evidence["jobs"][number] {
  return { name: "j", result, reports };
}

describe("the verdict", () => {
  it.each([
    ["what the status says, where nothing else is told", { status: "cancelled" }, "cancelled"],
    ["unknown, where nothing is told at all", {}, "unknown"],
    [
      "the worst of the jobs",
      { status: "succeeded", jobs: [job("success"), job("failure"), job("cancelled")] },
      "failed",
    ],
    ["not touched by skipped jobs", { jobs: [job("skipped"), job("success")] }, "succeeded"],
    ["skipped, when all jobs were", { jobs: [job("skipped")] }, "skipped"],
    [
      "what a report explains of a failed job",
      { status: "succeeded", jobs: [job("failure", [rolledBack])] },
      "rolled-back",
    ],
    [
      "what a report explains of the failed job itself",
      { status: "failed", reports: [good, rolledBack] },
      "rolled-back",
    ],
    [
      "failed, although the report is good: something after it failed",
      { status: "failed", reports: [good] },
      "failed",
    ],
    [
      "failed, where another job failed for another reason",
      { jobs: [job("failure", [rolledBack]), job("failure")] },
      "failed",
    ],
    [
      "unknown, where a good status may hide what could not be read",
      { status: "succeeded", incomplete: true },
      "unknown",
    ],
    [
      "failed, also where something could not be read",
      { status: "failed", incomplete: true },
      "failed",
    ],
    ["unknown, for a result that nobody knows", { jobs: [job("odd")] }, "unknown"],
  ] as const)("is %s", (_, evidence, kind) => {
    expect(verdict(evidence as Partial<Evidence>)).toBe(kind);
  });

  it.each([
    ["deployed", undefined, "succeeded"],
    ["rolled-back", undefined, "succeeded"],
    ["rolled-back", error, "rolled-back"],
    ["rollback-failed", error, "rollback-failed"],
    ["unhealthy", error, "failed"],
    ["anything", error, "failed"],
    ["anything", undefined, "succeeded"],
  ])("of a report with the status %s and the error %j is %s", (status, failure, kind) => {
    expect(reportKind({ ...report, status, error: failure })).toBe(kind);
  });
});
