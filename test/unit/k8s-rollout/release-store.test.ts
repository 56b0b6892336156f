import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { Api } from "../../../src/k8s-rollout/cluster/api.js";
import {
  candidatesOf,
  currentOf,
  type Release,
  type ReleaseState,
} from "../../../src/k8s-rollout/record/release.js";
import { ReleaseStore } from "../../../src/k8s-rollout/record/release-store.js";
import { FakeClock } from "../../support/fake-clock.js";
import { type SecretsOfCluster, startSecrets } from "../../support/secrets-of-cluster.js";

function release(number: number, data = "small"): Release {
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { data } };
  return {
    version: 1,
    set: "app",
    number,
    createdAt: "2026-01-02T03:04:05.000Z",
    changeCause: "a change",
    sha: "",
    runUrl: "https://ci.example/1",
    actor: "ada",
    previous: number - 1,
    objects: [map],
    before: [],
    migrates: false,
  };
}

let secrets: SecretsOfCluster;
let store: ReleaseStore;

beforeEach(() => {
  secrets = startSecrets();
  store = new ReleaseStore(new Api(secrets.cluster, new FakeClock()), "shop", "app");
});

describe("the record of a release", () => {
  it("comes back as it was written, and shows its state, cause and run", async () => {
    await store.open(release(1));
    expect(await store.list()).toMatchObject([
      { number: 1, state: "open", changeCause: "a change", runUrl: "https://ci.example/1" },
    ]);
    await store.setState(1, "healthy", ["replicaset/web-5d9c"]);
    expect(await store.list()).toMatchObject([{ number: 1, state: "healthy" }]);
    expect(secrets.text("belay.app.1")).toContain("replicaset/web-5d9c");
    expect(await store.read(1)).toEqual(release(1));
  });

  it("that is larger than a Secret may be is split, and whole again when it is read", async () => {
    // Nothing that gzip could make smaller.
    const large = release(1, randomBytes(900_000).toString("base64"));
    await store.open(large);
    expect(secrets.names()).toEqual(["belay.app.1", "belay.app.1.1"]);
    expect(secrets.largest()).toBeLessThan(1_048_576);
    expect(await store.list()).toHaveLength(1);
    expect(await store.read(1)).toEqual(large);
  });

  it("of which a part is gone, or that a newer Belay has written, is refused", async () => {
    await store.open(release(1, randomBytes(900_000).toString("base64")));
    secrets.remove("belay.app.1.1");
    await expect(store.read(1)).rejects.toThrow("the record of release 1 is incomplete");
    await store.open({ ...release(2), version: 2 } as unknown as Release);
    await expect(store.read(2)).rejects.toThrow("release 2 was recorded by a newer Belay");
  });

  it("is kept with the newest five, and as long as it is the newest healthy one", async () => {
    for (let number = 1; number <= 8; number += 1) {
      await store.open(release(number, number === 2 ? randomBytes(900_000).toString("hex") : ""));
      await store.setState(number, number === 1 ? "healthy" : "undone");
    }
    await store.prune();
    expect(secrets.names()).toEqual([1, 4, 5, 6, 7, 8].map((number) => `belay.app.${number}`));
  });
});

/** The entries of releases in these states, the newest first. */
function entries(...states: readonly ReleaseState[]) {
  return states.map((state, at) => ({
    number: states.length - at,
    state,
    createdAt: "",
    changeCause: "",
    runUrl: "",
  }));
}

describe("what runs, and where a rollback can go", () => {
  it.each<[readonly ReleaseState[], number | undefined, readonly number[]]>([
    [[], undefined, []],
    [["healthy"], 1, []],
    [["healthy", "healthy", "undone", "healthy"], 4, [3, 1]],
    [["undone", "healthy", "healthy"], 2, [1]],
    [["failed", "healthy", "healthy"], 3, [2, 1]],
    // It was taken back to what was healthy, also from what had failed before.
    [["undone", "failed", "healthy"], 1, []],
  ])("%j: %s, %j", (states, current, candidates) => {
    expect(currentOf(entries(...states))?.number).toBe(current);
    expect(candidatesOf(entries(...states))).toEqual(candidates);
  });
});
