import { describe, expect, it } from "vitest";
import type { Report } from "../../../src/kit/report.js";
import { summaryMarkdown } from "../../../src/kit/summary.js";

const report: Report = {
  version: 1,
  action: "ssh-deploy-with-backup",
  status: "rolled-back",
  title: "shop",
  startedAt: "2026-01-01T10:00:00.000Z",
  facts: [
    { name: "release", value: "20260101T100000Z-abc123" },
    { name: "run", value: "https://github.com/o/r/actions/runs/1" },
  ],
  steps: [
    { name: "upload", status: "ok", startedAt: "2026-01-01T10:00:00.500Z", durationMs: 1234 },
    { name: "build", status: "skipped", startedAt: "2026-01-01T10:00:02.000Z", durationMs: 0 },
    { name: "gate", status: "failed", startedAt: "2026-01-01T10:00:02.000Z", durationMs: 65_000 },
  ],
  error: {
    code: "gate-timeout",
    message: "https://app/health: 502",
    remedy: "Look at the app's log.",
  },
};

describe("the summary of an action", () => {
  it("has verdict, error with remedy, facts, chart, and the same numbers in a table", () => {
    expect(summaryMarkdown(report)).toBe(`### ❌ ssh-deploy-with-backup: rolled-back – shop

**What happened** (gate-timeout): https&#58;//app/health: 502

**What to do:** Look at the app's log.

| Fact | Value |
| --- | --- |
| release | 20260101T100000Z-abc123 |
| run | <https://github.com/o/r/actions/runs/1> |

\`\`\`mermaid
gantt
dateFormat YYYY-MM-DD HH:mm:ss.SSS
axisFormat %H:%M:%S
todayMarker off
1 upload (1.2 s) :done, s1, 2000-01-01 00:00:00.500, 1234ms
3 gate (1 min 5 s) :crit, s3, 2000-01-01 00:00:02.000, 65000ms
\`\`\`

| # | Step | Result | Began after | Took |
| ---: | --- | --- | ---: | ---: |
| 1 | upload | ok | 500 ms | 1.2 s |
| 2 | build | skipped | – | – |
| 3 | gate | failed | 2.0 s | 1 min 5 s |
`);
  });

  it("is one verdict line when there is nothing else to tell", () => {
    const bare: Report = {
      version: 1,
      action: "a",
      status: "ok",
      title: "t",
      startedAt: "",
      facts: [],
      steps: [],
    };
    expect(summaryMarkdown(bare)).toBe("### ✅ a: ok – t\n");
  });

  it("ends with the further parts, as they are", () => {
    expect(summaryMarkdown(report, ["", "#### Plan\n\n- **one**"])).toMatch(
      / s \|\n\n#### Plan\n\n- \*\*one\*\*\n$/,
    );
  });

  it("is not broken by what users wrote", () => {
    const hostile = "x | y\n\n```\n# <img src=x> [z](http://e.vil)";
    const error = { code: "config", message: hostile, remedy: hostile } as const;
    const facts = [{ name: hostile, value: hostile }];
    const step = {
      name: hostile,
      status: "ok",
      startedAt: report.startedAt,
      durationMs: 1,
    } as const;
    const lines = summaryMarkdown({ ...report, title: hostile, facts, steps: [step], error }).split(
      "\n",
    );
    expect(lines.filter((line) => /^(```|#|\|)/.test(line))).toHaveLength(1 + 3 + 2 + 3);
    expect(lines.join("\n")).not.toMatch(/<(?!br>)|\]\(/);
  });
});
