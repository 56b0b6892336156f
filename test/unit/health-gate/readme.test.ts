import { describe, expect, it } from "vitest";
import { readInputs } from "../../../src/health-gate/inputs.js";
import { InputReader } from "../../../src/kit/inputs.js";
import { readChecks } from "../../support/read-checks.js";
import { type Example, readmeExamples } from "../../support/readme-examples.js";

const values: Readonly<Record<string, string>> = {
  "secrets.DATABASE_URL": "postgresql://aiia:pass-word@127.0.0.1/aiia",
  "secrets.REDIS_URL": "redis://:pass-word@127.0.0.1:6379",
  "vars.KNOWN_HOSTS": "app.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZWxlc3NidXR3ZWxs",
};
const examples = await readmeExamples("health-gate", (name) => values[name] ?? "abcdef123456");

function read({ inputs }: Example) {
  const mask = (): void => undefined;
  return readInputs(new InputReader((name) => inputs[name] ?? "", mask), mask, readChecks);
}

describe("the examples of the README", () => {
  it("are all there", () => {
    expect(examples.map(({ title }) => title)).toEqual([
      "Use",
      "Django with PostgreSQL, Redis and Docker",
      "NestJS, with what its health module answers",
      "Next.js behind a CDN",
      "Blue and green, before the switch",
      "A monitor",
    ]);
  });

  it.each(examples)("are accepted as they stand: $title", (example) => {
    expect(read(example).gate.checks.length).toBeGreaterThan(0);
  });

  it("hold the limits of the reference system's monitoring table", () => {
    const monitor = examples.find(({ title }) => title === "A monitor");
    if (monitor === undefined) throw new Error("there is no monitor");
    const { gate, samples } = read(monitor);
    const limits = (warning: number, critical: number) => ({ warning, critical });
    expect(samples).toBe(20);
    expect(gate.maxErrorRate).toEqual(limits(1, 5));
    expect(gate.maxLatencyP95).toEqual(limits(500, 2000));
    expect(gate.checks).toMatchObject([
      { kind: "http", minDays: limits(21, 7) },
      { kind: "server", measure: "cpu", limits: limits(60, 85) },
      { kind: "server", measure: "memory", limits: limits(70, 90) },
      { kind: "server", measure: "disk", limits: limits(75, 90) },
      { kind: "postgres", connections: limits(40, 48) },
      { kind: "redis", memory: limits(40_000_000, 48_000_000) },
    ]);
  });
});
