import { describe, expect, it } from "vitest";
import { SecretValues } from "../../../src/k8s-rollout/secret-values.js";

function noted(spared: readonly string[]): { masks: string[]; redact: (text: string) => string } {
  const masks: string[] = [];
  const secrets = new SecretValues((value) => masks.push(value));
  secrets.spare(spared);
  secrets.note({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "database" },
    stringData: { POSTGRES_DB: "climbing", POSTGRES_PASSWORD: "rope-of-80-metres" },
  });
  return { masks, redact: secrets.redact };
}

describe("the values of Secrets", () => {
  it("are masked, and hidden in what programs print", () => {
    const { masks, redact } = noted([]);
    expect(masks).toEqual(["climbing", "rope-of-80-metres"]);
    expect(redact("password rope-of-80-metres")).not.toContain("rope");
  });

  it("are left readable where they stand in the name of an object", () => {
    const { masks, redact } = noted(["production", "climbing-backend"]);
    expect(masks).toEqual(["rope-of-80-metres"]);
    expect(redact("deployment/climbing-backend: rope-of-80-metres")).toMatch(
      /^deployment\/climbing-backend: (?!rope)/,
    );
  });
});
