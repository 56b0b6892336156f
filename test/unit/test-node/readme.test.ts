import { describe, expect, it } from "vitest";
import { InputReader } from "../../../src/kit/inputs.js";
import { type Inputs, readInputs } from "../../../src/test-node/inputs.js";
import { type Example, readmeExamples } from "../../support/readme-examples.js";

const examples = await readmeExamples("test-node", () => "");

function read({ inputs }: Example): Inputs {
  const mask = (): void => undefined;
  return readInputs(new InputReader((name) => inputs[name] ?? "", mask), mask);
}

function named(title: string): Inputs {
  const example = examples.find((one) => one.title === title);
  if (example === undefined) throw new Error(`there is no example ${title}`);
  return read(example);
}

describe("the examples of the README", () => {
  it.each(examples)("are accepted as they stand: $title", (example) => {
    expect(read(example).directories.length).toBeGreaterThan(0);
  });

  it("mean what they say", () => {
    const nest = named("NestJS with PostgreSQL");
    expect(nest.env).toEqual([
      { name: "DATABASE_URL", value: "postgresql://postgres:postgres@localhost:5432/postgres" },
    ]);
    expect(nest).toMatchObject({
      minCoverage: 80,
      auditLevel: "high",
      auditIgnore: [{ id: "GHSA-35jh-r3h4-6jhm", until: "2026-12-31" }],
    });
    expect(named("Several projects of one repository").directories).toEqual([
      "backend",
      "frontend",
    ]);
    expect(named("Another runner, by its JUnit files").scripts).toEqual(["lint", "test"]);
  });

  it("are not guessed where a line of audit-ignore has no day", () => {
    const inputs = { "audit-ignore": "GHSA-35jh-r3h4-6jhm\nGHSA-35jh-r3h4-6jhm until 2026-02-31" };
    expect(() => read({ title: "", inputs })).toThrow("`audit-ignore`");
  });
});
