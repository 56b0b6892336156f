import { describe, expect, it } from "vitest";
import { askPod, podCheck } from "../../../src/k8s-rollout/pod-health.js";
import type { Cluster } from "../../../src/ports/cluster.js";
import { FakeClock } from "../../support/fake-clock.js";
import { gateInputs } from "../../support/gate-inputs.js";

const check = podCheck({ workload: "deployment/web", command: "./check --all" }, gateInputs([]));

/** Asks with a kubectl that ends so. */
async function ask(ended: { code: number; stdout?: string; stderr?: string }) {
  const calls: (readonly string[])[] = [];
  const kubectl: Cluster["kubectl"] = (args) => {
    calls.push(args);
    return Promise.resolve({ stdout: "", stderr: "", ...ended });
  };
  const limits = { timeoutMs: 1000, signal: new AbortController().signal };
  const way = { cluster: { kubectl }, namespace: "shop", clock: new FakeClock() };
  return { finding: await askPod(check, "deployment/web", limits, way), calls };
}

describe("a command in a pod", () => {
  it("is run by sh in a pod of the workload, and is healthy when it ends with 0", async () => {
    const { finding, calls } = await ask({ code: 0 });
    expect(calls).toEqual([
      ["exec", "-n", "shop", "deployment/web", "--", "sh", "-c", "./check --all"],
    ]);
    expect(finding).toMatchObject({ state: "healthy", reason: "exit code 0" });
    expect(check.name).toBe("./check --all in deployment/web");
  });

  it("that fails is unhealthy with its exit code and what it said", async () => {
    const stderr = "no database\ncommand terminated with exit code 3\n";
    const { finding } = await ask({ code: 3, stderr });
    expect(finding).toMatchObject({
      state: "unhealthy",
      reason: "exit code 3",
      body: "no database",
    });
  });

  it("that says `error:` itself is not taken for kubectl", async () => {
    const stderr = "error: no database\ncommand terminated with exit code 1\n";
    const { finding } = await ask({ code: 1, stderr });
    expect(finding.reason).toBe("exit code 1");
  });

  it("that could not be started says why", async () => {
    const stderr = 'Error from server (NotFound): deployments.apps "web" not found\n';
    const { finding } = await ask({ code: 1, stderr });
    expect(finding).toMatchObject({
      state: "unhealthy",
      reason: 'Error from server (NotFound): deployments.apps "web" not found',
    });
  });
});
