import { describe, expect, it } from "vitest";
import { readNeeds, readReports } from "../../../src/kit/read-reports.js";
import { reportText } from "../../support/notify.js";

describe("reports", () => {
  it.each([
    ["one", reportText()],
    ["a list", `[${reportText()}]`],
    ["lines", `\n${reportText()}\n`],
    [
      "the steps of a job",
      JSON.stringify({ d: { outputs: { report: reportText(), x: "1" } }, e: { outputs: {} } }),
    ],
    [
      "outputs of another name",
      JSON.stringify({ d: { outputs: { "deploy-report": reportText() } } }),
    ],
  ])("are read from %s", (_, text) => {
    const { found, problems } = readReports(text);
    expect(found).toMatchObject([
      { action: "ssh-deploy-with-backup", status: "deployed", error: undefined },
    ]);
    expect(problems).toEqual([]);
  });

  it("that lack something are read as far as they go", () => {
    const { found } = readReports(
      '{"version":1,"action":"a","status":"s","facts":[{"name":"n"},7,null]}',
    );
    expect(found).toEqual([
      { action: "a", status: "s", title: "", startedAt: "", facts: [], error: undefined },
    ]);
  });

  it.each(["null", "7", '"text"', "[1]", "{}", '{"version":2,"action":"a","status":"s"}', "x\ny"])(
    "that are none are named: %s",
    (text) => {
      const { found, problems } = readReports(text);
      expect(found).toEqual([]);
      expect(problems.length).toBeGreaterThan(0);
    },
  );

  it("beside a bad line are read all the same", () => {
    const { found, problems } = readReports(`${reportText()}\n{"version":1,\n${reportText()}`);
    expect(found).toHaveLength(2);
    expect(problems).toEqual(["line 2 is not JSON"]);
  });
});

describe("needs", () => {
  it("are read with results and reports", () => {
    const needs = {
      a: { result: "success", outputs: { report: reportText() } },
      b: { result: "skipped" },
    };
    expect(readNeeds(JSON.stringify(needs))?.found).toMatchObject([
      { name: "a", result: "success", reports: [{}] },
      { name: "b", result: "skipped", reports: [] },
    ]);
  });

  it.each(["", "null", "[]", "7", "toJSON(needs)"])("that are none are no needs: %j", (text) => {
    expect(readNeeds(text)).toBeUndefined();
  });
});
