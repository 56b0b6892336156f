import { describe, expect, it } from "vitest";

import { targetOf } from "../../../src/deploy/target.js";

const digest = `ghcr.io/acme/shop@sha256:${"a".repeat(64)}`;

function target(inputs: Readonly<Record<string, string>>): string {
  return targetOf((name) => inputs[name] ?? "");
}

describe("what is deployed to", () => {
  it.each([
    ["nothing at all", {}, "server"],
    ["a host", { host: "a.example" }, "server"],
    ["images of compose services", { images: `web=${digest}` }, "server"],
    ["manifests", { manifests: "k8s/" }, "cluster"],
    ["a kubeconfig", { kubeconfig: "apiVersion: v1" }, "cluster"],
    ["what is to be watched", { workloads: "deployment/web" }, "cluster"],
    ["images of workloads", { images: `\n  deployment/web web=${digest}` }, "cluster"],
    ["both, which is refused where it is read", { host: "a", manifests: "k8s/" }, "server"],
  ])("%s", (_, inputs, wanted) => {
    expect(target(inputs)).toBe(wanted);
  });
});
