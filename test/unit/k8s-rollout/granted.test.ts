import { describe, expect, it } from "vitest";
import { Api } from "../../../src/k8s-rollout/cluster/api.js";
import { grantedIn } from "../../../src/k8s-rollout/granted.js";
import type { Cluster, ClusterAnswer } from "../../../src/ports/cluster.js";
import { FakeClock } from "../../support/fake-clock.js";

function clusterThatAnswers(review: ClusterAnswer): Cluster {
  const never = () => Promise.reject(new Error("nobody asks for this"));
  return {
    config: { code: 0, stdout: "", stderr: "" },
    request: ({ path }) =>
      path.endsWith("/selfsubjectrulesreviews") ? Promise.resolve(review) : never(),
    stream: () => {
      throw new Error("nobody watches");
    },
    kubectl: never,
    close: () => Promise.resolve(),
  };
}

/** Which of `rights`, as `verb resource[.group]`, the rules grant in namespace app. */
async function granted(rights: readonly string[], status: unknown, code = 201): Promise<string[]> {
  const body = JSON.stringify({ kind: "SelfSubjectRulesReview", status });
  const cluster = clusterThatAnswers({ status: code, body, warnings: [] });
  const isGranted = await grantedIn("app", new Api(cluster, new FakeClock()));
  return rights.filter((right) => {
    const [verb = "", what = ""] = right.split(" ");
    const [resource = "", ...group] = what.split(".");
    return isGranted({ verb, group: group.join("."), resource, namespace: "app" });
  });
}

const rule = (verbs: string, group: string, all: string, names?: readonly string[]) => ({
  verbs: verbs.split(" "),
  apiGroups: [group],
  resources: all.split(" "),
  ...(names && { resourceNames: names }),
});

describe("the rights that rules grant", () => {
  it("are those of their verbs, groups and resources", async () => {
    const rules = [rule("get list", "apps", "deployments"), rule("get", "", "pods/log")];
    const rights = [
      "get deployments.apps",
      "create deployments.apps",
      "get deployments",
      "get statefulsets.apps",
      "get pods/log",
      "get pods",
    ];
    expect(await granted(rights, { resourceRules: rules, incomplete: false })).toEqual([
      "get deployments.apps",
      "get pods/log",
    ]);
  });

  it("know everything, and a subresource of everything", async () => {
    const all = { resourceRules: [rule("*", "*", "*")] };
    expect(await granted(["create pods/exec", "patch a.b.example"], all)).toHaveLength(2);
    const scale = { resourceRules: [rule("patch", "apps", "*/scale")] };
    expect(
      await granted(["patch deployments/scale.apps", "patch deployments.apps"], scale),
    ).toEqual(["patch deployments/scale.apps"]);
  });

  it("are none where a rule is for named objects alone", async () => {
    const named = { resourceRules: [rule("get", "", "secrets", ["one"])] };
    expect(await granted(["get secrets"], named)).toEqual([]);
  });

  it("are unknown where the server cannot list them, or does not", async () => {
    const all = [rule("*", "*", "*")];
    expect(await granted(["get pods"], { resourceRules: all, incomplete: true })).toEqual([]);
    expect(await granted(["get pods"], { resourceRules: all }, 403)).toEqual([]);
  });
});
