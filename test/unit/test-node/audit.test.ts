import { describe, expect, it } from "vitest";
import { type Advisory, parseAudit } from "../../../src/test-node/advisories.js";
import { answerOf, judge, refusalIn } from "../../../src/test-node/audit.js";

const ghsa = "GHSA-35jh-r3h4-6jhm";
const url = `https://github.com/advisories/${ghsa}`;

function advisory(more: Partial<Advisory> = {}): Advisory {
  return {
    id: ghsa,
    name: "lodash",
    severity: "high",
    title: "Command Injection",
    url,
    fix: "4.17.21",
    ...more,
  };
}

describe("the answer of an audit", () => {
  it("of a registry that refuses says so, as npm and pnpm print it", () => {
    const refused = "405 Method Not Allowed - POST https://registry.example/-/npm/v1/security";
    expect(refusalIn(JSON.stringify({ message: refused, statusCode: 405, error: {} }))).toBe(
      refused,
    );
    const pnpm = { error: { code: "ERR_PNPM_AUDIT_BAD_RESPONSE", message: "responded with 405" } };
    expect(refusalIn(JSON.stringify(pnpm))).toBe("responded with 405");
    expect(refusalIn("")).toBe("");
  });

  it("is read as npm prints it, with what mends it", () => {
    const via = {
      source: 1106913,
      name: "lodash",
      title: "Command Injection",
      url,
      severity: "high",
      range: "<4.17.21",
    };
    const vulnerabilities = {
      lodash: {
        name: "lodash",
        severity: "high",
        via: [via],
        fixAvailable: { name: "lodash", version: "4.17.21" },
      },
      app: { name: "app", severity: "high", via: ["lodash"], fixAvailable: false },
    };
    const text = JSON.stringify({ auditReportVersion: 2, vulnerabilities });
    expect(parseAudit(text)).toEqual([advisory({ fix: "lodash 4.17.21" })]);
  });

  it("is read as pnpm and yarn print it", () => {
    const one = {
      module_name: "lodash",
      severity: "high",
      title: "Command Injection",
      url,
      patched_versions: ">=4.17.21",
      github_advisory_id: ghsa,
    };
    const wanted = [advisory({ fix: ">=4.17.21" })];
    expect(parseAudit(JSON.stringify({ advisories: { 1: one } }))).toEqual(wanted);
    const lines = [
      { type: "auditAdvisory", data: { advisory: one } },
      { type: "auditSummary", data: {} },
    ];
    expect(parseAudit(lines.map((line) => JSON.stringify(line)).join("\n"))).toEqual(wanted);
    const berry = {
      value: "lodash",
      children: { ID: 1106913, Issue: "Command Injection", URL: url, Severity: "high" },
    };
    expect(parseAudit(`${JSON.stringify(berry)}\n`)).toEqual([advisory({ fix: "" })]);
  });

  it("is empty where nothing is wrong, and none at all where the registry gave none", () => {
    expect(parseAudit(JSON.stringify({ vulnerabilities: {} }))).toEqual([]);
    expect(parseAudit("")).toEqual([]);
    expect(parseAudit(JSON.stringify({ error: { code: "ENOAUDIT" } }))).toBeUndefined();
    expect(parseAudit("<html>no</html>")).toBeUndefined();
  });

  it("is none where a program that found nothing ended badly", () => {
    const stdout = '{"type":"info","data":"Visit its site"}\n';
    expect(answerOf({ code: 1, stdout })).toBeUndefined();
    expect(answerOf({ code: null, stdout: "" })).toBeUndefined();
    expect(answerOf({ code: 0, stdout: "" })).toEqual([]);
  });
});

describe("the verdict over known weaknesses", () => {
  const today = "2026-06-15";

  it("fails from the level on, those that have a fix first", () => {
    const all = [
      advisory({ id: "a", severity: "critical", fix: "" }),
      advisory({ id: "b", severity: "high" }),
      advisory({ id: "c", severity: "moderate" }),
    ];
    const outcome = judge(all, "high", [], today);
    expect(outcome).toMatchObject({
      status: "failed",
      reason: "2 known weaknesses, 1 of them with a fix",
    });
    expect(outcome.findings.map(({ message }) => message)).toEqual([
      expect.stringContaining("(high, b). Fixed in 4.17.21."),
      expect.stringContaining("(critical, a). There is no fix yet."),
    ]);
    expect(judge(all.slice(2), "high", [], today).status).toBe("passed");
  });

  it("lets one stand up to its day, and not a day longer", () => {
    const until = (day: string) => judge([advisory()], "low", [{ id: ghsa, until: day }], today);
    expect(until("2026-06-15").status).toBe("passed");
    const late = until("2026-06-14");
    expect(late.status).toBe("failed");
    expect(late.findings[0]?.message).toContain("it was accepted until 2026-06-14");
  });

  it("counts a severity that nobody knows, and warns of what nobody needs to ignore", () => {
    expect(judge([advisory({ severity: "catastrophic" })], "critical", [], today).status).toBe(
      "failed",
    );
    const outcome = judge([], "low", [{ id: ghsa, until: "2027-01-01" }], today);
    expect(outcome.status).toBe("passed");
    expect(outcome.findings[0]).toMatchObject({
      level: "warning",
      message: expect.stringContaining(ghsa) as string,
    });
  });
});
