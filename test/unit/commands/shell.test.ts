import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exportStatements, quote } from "../../../src/commands/shell.js";
import { chaos } from "../../support/chaos.js";

describe("quote", () => {
  it.each(["", "plain", "it's", "$(id)", "`id`", "a\nb", "\\", "-n", '"', "ä€😀", "a\tb\r"])(
    "gives the shell %j back as it is",
    (text) => {
      expect(execFileSync("sh", ["-c", `printf %s ${quote(text)}`]).toString()).toBe(text);
    },
  );
});

describe("exportStatements", () => {
  it("gives every value back to sh exactly, and executes none", () => {
    const value = fc
      .string({ unit: "binary", maxLength: 30 })
      .filter((text) => !/[\0\ud800-\udfff]/.test(text));
    fc.assert(
      fc.property(fc.array(value, { minLength: 40, maxLength: 40 }), (values) => {
        const variables = values.map((text, index) => ({ name: `V${String(index)}`, value: text }));
        const print = variables.map(({ name }) => `printf '%s\\0' "$${name}"`).join("\n");
        const printed = execFileSync("sh", ["-eu"], {
          input: `${exportStatements(variables)}${print}\n`,
        }).toString();
        expect(printed.split("\0").slice(0, -1)).toEqual(values);
      }),
      { numRuns: 10, seed: chaos("environments").seed },
    );
  });

  it("is empty when there is nothing to export", () => expect(exportStatements([])).toBe(""));
});
