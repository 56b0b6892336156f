import { describe, expect, it } from "vitest";
import { readInputs } from "../../../src/build-push-ghcr/inputs.js";
import { InputReader } from "../../../src/kit/inputs.js";
import { readmeExamples } from "../../support/readme-examples.js";

const values: Readonly<Record<string, string>> = {
  "github.repository": "ada/climbing",
  "matrix.name": "backend",
  "matrix.max-size": "250MB",
  "secrets.NPM_TOKEN": "npm_0123456789",
};
const examples = await readmeExamples("build-push-ghcr", (name) => values[name] ?? "true");

describe("the examples of the README", () => {
  it("are all there", () => {
    expect(examples.map(({ title }) => title)).toEqual([
      "Use",
      "Several images",
      "Push two branches, only build the others",
      "Scan, and tell code scanning",
      "Scan with snyk",
      "Secrets of a build",
      "Attest what was built",
      "Several platforms",
    ]);
  });

  it.each(examples)("are accepted as they stand: $title", ({ inputs }) => {
    const reader = new InputReader(
      (name) => inputs[name] ?? (name === "image" ? "ghcr.io/ada/climbing" : ""),
      () => undefined,
    );
    expect(readInputs(reader).retries).toBe(3);
  });
});
