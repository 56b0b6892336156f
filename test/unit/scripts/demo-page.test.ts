import { describe, expect, it } from "vitest";
import { summaryPage } from "../../../scripts/demo-page.js";
import { summaryMarkdown } from "../../../src/kit/summary.js";

const report = {
  version: 1,
  action: "ssh-deploy-with-backup",
  status: "deployed",
  title: "<script>alert(1)</script>",
  startedAt: "2026-01-01T00:00:00.000Z",
  facts: [{ name: "release", value: "r1" }],
  steps: [
    { name: "upload", status: "ok", startedAt: "2026-01-01T00:00:00.000Z", durationMs: 1000 },
    { name: "gate", status: "failed", startedAt: "2026-01-01T00:00:01.000Z", durationMs: 3000 },
  ],
} as const;

const page = summaryPage(summaryMarkdown(report), 'Demo <"1">');

describe("the page of a summary", () => {
  it("has the facts and the steps as tables", () => {
    expect(page.match(/<table>/g)).toHaveLength(2);
    expect(page).toContain("<td>r1</td>");
  });

  it("draws each step as a bar as long as it took", () => {
    const bars = [...page.matchAll(/<rect class="(\w+)" x="(\d+)" y="\d+" width="(\d+)"/g)];
    expect(bars.map(([, look, x, width]) => [look, x, width])).toEqual([
      ["done", "260", "160"],
      ["crit", "420", "480"],
    ]);
    expect(page).toContain(">1 upload (1.0 s)</text>");
    expect(page).not.toContain("dateFormat");
  });

  it("loads nothing and runs nothing", () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|src=|<link|@import/);
    expect(page).toContain("<title>Demo &#60;&#34;1&#34;&#62;</title>");
  });

  it("leaves other code as it is", () => {
    expect(summaryPage("```sh\nbelay status\n```", "x")).toContain("belay status");
  });
});
