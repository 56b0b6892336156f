import { join } from "node:path";
import { describe, expect, it } from "vitest";

import {
  allFindings,
  expressionsDescribed,
  findings,
  type ReadInputs,
} from "../../../../scripts/inputs/findings.js";
import type { Input } from "../../../../scripts/readme/definition.js";

const root = join(import.meta.dirname, "../../../..");

function input(name: string, fallback = ""): Input {
  return { name, description: "", default: fallback, required: false, group: "" };
}

const readInputs: ReadInputs = (reader) => {
  const operation = reader.choice("operation", ["deploy", "rollback"], "deploy");
  if (operation === "rollback") reader.text("release");
  if (reader.has("jump-host")) reader.secret("jump-private-key");
  reader.under("health-").duration("timeout", { default: "5m" });
  reader.finish();
};

const declared = [
  input("operation", "deploy"),
  input("release"),
  input("jump-host"),
  input("jump-private-key"),
  input("health-timeout", "5m"),
];

describe("an action.yml and the code that reads its inputs", () => {
  it("agree when each input is on both sides, also one that is read only beside another", () => {
    expect(findings(declared, readInputs)).toEqual([]);
  });

  it("disagree on an input that no code reads", () => {
    expect(findings([...declared, input("colour")], readInputs)).toEqual([
      "action.yml declares `colour`, which no code reads",
    ]);
  });

  it("disagree on an input that is read and not declared", () => {
    const fewer = declared.filter(({ name }) => name !== "health-timeout");
    expect(findings(fewer, readInputs)).toEqual([
      "the code reads `health-timeout`, which action.yml does not declare",
    ]);
  });

  it("disagree on a default that differs", () => {
    const changed = declared.map((one) =>
      one.name === "health-timeout" ? input("health-timeout", "1m") : one,
    );
    expect(findings(changed, readInputs)).toEqual([
      "`health-timeout` is `1m` in action.yml, but `5m` in the code",
    ]);
  });

  it("holds an expression in no description: the runner would refuse the action", () => {
    const described = (name: string, description: string) => ({ ...input(name), description });
    const inputs = [described("needs", "`${{ toJSON(needs) }}`"), described("env", "`${URL}`")];
    const outputs = [described("report", "For `${{ steps }}`.")];
    expect(expressionsDescribed({ inputs, outputs })).toEqual([
      "the description of `needs` holds an expression",
      "the description of `report` holds an expression",
    ]);
  });

  it("agree for every action of this repository", async () => {
    expect(await allFindings(root)).toEqual([]);
  });
});
