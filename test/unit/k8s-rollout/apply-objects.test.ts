import { expect, it } from "vitest";
import { applyObjects } from "../../../src/k8s-rollout/apply-objects.js";
import type { KubeObject, ObjectName } from "../../../src/k8s-rollout/cluster/objects.js";
import type { Site } from "../../../src/k8s-rollout/site.js";

function object(kind: string, name: string): KubeObject {
  return { apiVersion: kind === "Deployment" ? "apps/v1" : "v1", kind, metadata: { name } };
}

/** Applies them where each takes so many turns of the event loop, and those named `bad…` are refused. */
async function applied(
  names: readonly string[],
  turns: (name: string) => number,
): Promise<{ readonly told: readonly string[]; readonly failure: unknown }> {
  const told: string[] = [];
  const apply = async (one: ObjectName): Promise<ObjectName> => {
    const { name } = one.metadata;
    told.push(`${name} begins`);
    for (let turn = 0; turn < turns(name); turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    told.push(`${name} ends`);
    if (name.startsWith("bad")) throw new Error(`${name} is refused`);
    return one;
  };
  const site = {
    api: { apply },
    signal: new AbortController().signal,
    log: { info: () => undefined },
  } as unknown as Site;
  const objects = names.map((name) =>
    object(name.startsWith("web") ? "Deployment" : "Secret", name),
  );
  const all = objects.map((one) => ({ object: one, live: undefined, force: false }));
  const failure: unknown = await applyObjects(all, site).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { told, failure };
}

it("applies objects of one kind side by side, and those of the next kind after them", async () => {
  const { told, failure } = await applied(["a", "b", "web"], () => 1);
  expect(failure).toBeUndefined();
  expect(told).toEqual(["a begins", "b begins", "a ends", "b ends", "web begins", "web ends"]);
});

it("ends all that it has begun before it tells of one that was refused", async () => {
  const { told, failure } = await applied(["bad", "slow", "web"], (name) =>
    name === "slow" ? 9 : 1,
  );
  expect(String(failure)).toContain("secret/bad was refused");
  expect(told).toEqual(["bad begins", "slow begins", "bad ends", "slow ends"]);
});
