import { describe, expect, it } from "vitest";
import { readInputs } from "../../../src/k8s-rollout/inputs.js";
import { InputReader } from "../../../src/kit/inputs.js";
import { readmeExamples } from "../../support/readme-examples.js";

const kubeconfig = "clusters: []\ncontexts: []\nusers: [{name: a, user: {token: planted-token}}]\n";
const examples = await readmeExamples("k8s-rollout", (name) =>
  name === "secrets.KUBECONFIG" ? kubeconfig : "sha256:0123",
);

describe("the examples of the README", () => {
  it("are all there", () => {
    expect(examples.map(({ title }) => title)).toEqual([
      "Use",
      "A backup and a migration first",
      "New images for what runs",
      "The way back",
      "After Helm",
      "A look at everything",
    ]);
  });

  it.each(examples)("are accepted as they stand: $title", ({ inputs }) => {
    const masked: string[] = [];
    const mask = (secret: string): void => void masked.push(secret);
    const read = readInputs(new InputReader((name) => inputs[name] ?? "", mask), mask);
    expect(read.operation).toBe(inputs["operation"] ?? "deploy");
    if (inputs["kubeconfig"] !== undefined) expect(masked).toEqual(["planted-token"]);
  });
});
