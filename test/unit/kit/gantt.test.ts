import { describe, expect, it } from "vitest";
import { bars, mermaidGantt } from "../../../src/kit/gantt.js";
import type { ReportStep } from "../../../src/kit/report.js";

const startedAt = "2026-01-01T10:00:00.000Z";

function step(name: string, more: Partial<ReportStep> = {}): ReportStep {
  return { name, status: "ok", startedAt, durationMs: 1200, ...more };
}

/** The tasks of the chart of some steps, one a line. */
function tasks(steps: readonly ReportStep[]): readonly string[] {
  return (mermaidGantt(bars(steps, startedAt)) ?? "").split("\n").slice(5, -1);
}

describe("the chart of the steps", () => {
  it("counts from the start, with a colour for each end", () => {
    const later = { startedAt: "2026-01-01T11:02:03.004Z" };
    expect(
      mermaidGantt(bars([step("upload"), step("gate", { ...later, status: "failed" })], startedAt)),
    ).toBe(
      [
        "```mermaid",
        "gantt",
        "dateFormat YYYY-MM-DD HH:mm:ss.SSS",
        "axisFormat %H:%M:%S",
        "todayMarker off",
        "1 upload (1.2 s) :done, s1, 2000-01-01 00:00:00.000, 1200ms",
        "2 gate (1.2 s) :crit, s2, 2000-01-01 01:02:03.004, 1200ms",
        "```",
      ].join("\n"),
    );
  });

  it("has no bar for a skipped step, and keeps the numbers of the table", () => {
    expect(
      tasks([step("build", { status: "skipped" }), step("activate", { status: "undone" })]),
    ).toEqual(["2 activate (1.2 s) :active, s2, 2000-01-01 00:00:00.000, 1200ms"]);
  });

  it("is absent when no step ran", () => {
    expect(mermaidGantt(bars([step("build", { status: "skipped" })], startedAt))).toBeUndefined();
  });

  it("gives a step that took no time a bar to see", () => {
    expect(tasks([step("lock", { durationMs: 0 })])[0]).toMatch(/, 1ms$/);
  });

  it("is not broken by times that are none or lie before the start", () => {
    const odd = [
      step("a", { startedAt: "soon" }),
      step("b", { startedAt: "2025-01-01T00:00:00.000Z" }),
    ];
    expect(bars(odd, startedAt).map(({ offsetMs }) => offsetMs)).toEqual([0, 0]);
  });

  it.each([
    ["a: b; c, d # e", "1 a b c d e (1.2 s)"],
    ["```\nsection x", "1 section x (1.2 s)"],
    ["%%{init: {}}%% <b>", "1 init b (1.2 s)"],
    ["Größe 測試 (v1.2)", "1 Größe 測試 (v1.2) (1.2 s)"],
    [":::", "1 step (1.2 s)"],
  ])("takes %j as a label that Mermaid can read", (name, label) => {
    const [line, ...others] = tasks([step(name)]);
    expect(line).toBe(`${label} :done, s1, 2000-01-01 00:00:00.000, 1200ms`);
    expect(others).toEqual([]);
  });
});
