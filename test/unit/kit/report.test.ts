import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Report, reportJson, type ReportStep } from "../../../src/kit/report.js";
import { chaos } from "../../support/chaos.js";

const startedAt = "2026-01-01T00:00:00.000Z";

function step(name: string, more: Partial<ReportStep> = {}): ReportStep {
  return { name, status: "ok", startedAt, durationMs: 1200, ...more };
}

function reportOf(more: Partial<Report> = {}): Report {
  const usual = {
    version: 1,
    action: "ssh-deploy-with-backup",
    status: "deployed",
    title: "shop",
  } as const;
  return {
    ...usual,
    startedAt,
    facts: [{ name: "release", value: "r1" }],
    steps: [step("upload")],
    ...more,
  };
}

function read(json: string): Report {
  return JSON.parse(json) as Report;
}

/** How many bytes it takes inside another JSON text, as a job's outputs travel. */
function travelling(json: string): number {
  return Buffer.byteLength(JSON.stringify(json));
}

const many = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `fact ${index}`,
    value: "v".repeat(length),
  }));

describe("a report as JSON", () => {
  it("is compact and whole when it is small", () => {
    const report = reportOf({ error: { code: "gate-timeout", message: "m", remedy: "r" } });
    expect(reportJson(report)).toBe(JSON.stringify(report));
  });

  it("shortens long texts before anything is dropped", () => {
    const error = { code: "command-failed", message: "x".repeat(5000), remedy: "look" } as const;
    const cut = read(reportJson(reportOf({ error })));
    expect(cut.error?.message).toMatch(/^x{400,}…$/);
    expect(cut).toMatchObject({ facts: [{ value: "r1" }], steps: [{ name: "upload" }] });
  });

  it("drops facts from the end, then steps, but keeps what failed", () => {
    const steps = Array.from({ length: 60 }, (_, index) =>
      step(`step ${index}`, index === 40 ? { status: "failed" } : {}),
    );
    const cut = read(reportJson(reportOf({ facts: many(50, 100), steps })));
    expect(cut.facts).toEqual([]);
    expect(cut.steps[0]?.name).toBe("step 0");
    expect(cut.steps.at(-1)).toMatchObject({ name: "step 40", status: "failed" });
  });

  it("keeps the first facts and all steps where that is enough", () => {
    const cut = read(reportJson(reportOf({ facts: many(50, 100) })));
    expect(cut.facts.length).toBeGreaterThan(10);
    expect(cut.facts[0]?.name).toBe("fact 0");
    expect(cut.steps).toHaveLength(1);
  });

  it("is valid and at most 3 kB inside another JSON text, whatever it holds", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom(
        '"'.repeat(4000),
        "\\".repeat(4000),
        "\u0000".repeat(4000),
        "😀".repeat(2000),
        "漢".repeat(4000),
      ),
    );
    const report = fc.record({
      version: fc.constant(1 as const),
      action: nasty,
      status: nasty,
      title: nasty,
      startedAt: fc.constant(startedAt),
      facts: fc.array(fc.record({ name: nasty, value: nasty }), { maxLength: 30 }),
      steps: fc.array(
        nasty.map((name) => step(name)),
        { maxLength: 30 },
      ),
      error: fc.record({ code: fc.constant("config" as const), message: nasty, remedy: nasty }),
    });
    fc.assert(
      fc.property(report, (given) => {
        const json = reportJson(given);
        expect(travelling(json)).toBeLessThanOrEqual(3000);
        expect(Object.keys(read(json))).toEqual(Object.keys(given));
      }),
      { numRuns: 200, seed: chaos("reports").seed },
    );
  });
});
