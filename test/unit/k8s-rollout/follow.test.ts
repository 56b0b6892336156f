import { describe, expect, it } from "vitest";
import { Api } from "../../../src/k8s-rollout/cluster/api.js";
import { follow } from "../../../src/k8s-rollout/cluster/follow.js";
import type { KubeObject } from "../../../src/k8s-rollout/cluster/objects.js";
import { type Cluster, RefusedStream } from "../../../src/ports/cluster.js";
import { NoAnswer } from "../../../src/ports/http.js";
import { FakeClock } from "../../support/fake-clock.js";

/** What one watch after the other gives: lines, and how it ends. */
interface Watched {
  readonly lines: readonly string[];
  readonly end?: Error;
}

const path = "/api/v1/namespaces/a/pods";

function pod(name: string, resourceVersion: string): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, uid: name, resourceVersion } };
}

function event(type: string, object: unknown): string {
  return JSON.stringify({ type, object });
}

/** Follows until the watches are used up; all that was asked and told. */
async function followed(watches: readonly Watched[]): Promise<readonly string[]> {
  const told: string[] = [];
  const clock = new FakeClock();
  const over = new AbortController();
  const left = [...watches];
  const cluster: Cluster = {
    request: () => {
      told.push("list");
      const body = { kind: "PodList", metadata: { resourceVersion: "10" }, items: [pod("a", "1")] };
      return Promise.resolve({ status: 200, body: JSON.stringify(body), warnings: [] });
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's lines come one by one
    stream: async function* (asked) {
      told.push(
        `watch from ${new URLSearchParams(asked.split("?")[1]).get("resourceVersion") ?? ""}`,
      );
      const next = left.shift();
      if (next === undefined) {
        over.abort();
        return;
      }
      yield* next.lines;
      if (next.end !== undefined) throw next.end;
    },
    kubectl: () => Promise.reject(new Error("nobody runs kubectl")),
    config: { code: 0, stdout: "", stderr: "" },
    close: () => Promise.resolve(),
  };
  const name = ({ metadata }: KubeObject): string => metadata.name;
  const follower = {
    listed: (items: readonly KubeObject[]) => told.push(`listed ${items.map(name).join(" ")}`),
    changed: (item: KubeObject) => told.push(`changed ${name(item)}`),
    deleted: (item: KubeObject) => told.push(`deleted ${name(item)}`),
    interrupted: (why: string) => told.push(`interrupted: ${why}`),
  };
  const api = new Api(cluster, clock);
  await clock.run(follow(path, follower, { api, clock, signal: over.signal }));
  return told;
}

describe("a list that is followed", () => {
  it("goes on where it was when the server ends the watch, bookmarks included", async () => {
    const lines = [event("ADDED", pod("b", "11")), event("BOOKMARK", pod("", "20"))];
    expect(await followed([{ lines }, { lines: [event("DELETED", pod("b", "21"))] }])).toEqual([
      "list",
      "listed a",
      "watch from 10",
      "changed b",
      "watch from 20",
      "deleted b",
      "watch from 21",
    ]);
  });

  it("is listed anew when the server has forgotten that place, however it says so", async () => {
    const expired = event("ERROR", { kind: "Status", code: 410, message: "too old" });
    const gone = new RefusedStream({ status: 410, body: "{}", warnings: [] });
    expect(await followed([{ lines: [expired] }, { lines: [], end: gone }])).toEqual([
      "list",
      "listed a",
      "watch from 10",
      "list",
      "listed a",
      "watch from 10",
      "list",
      "listed a",
      "watch from 10",
    ]);
  });

  it("is taken up again after a connection that drops, and half a line is none", async () => {
    const dropped = new NoAnswer("the API server: aborted", {});
    const lines = [event("ADDED", pod("b", "11")), event("ADDED", pod("c", "12")).slice(0, 20)];
    expect(await followed([{ lines, end: dropped }])).toEqual([
      "list",
      "listed a",
      "watch from 10",
      "changed b",
      "interrupted: the API server: aborted",
      "watch from 11",
    ]);
  });

  it("ends where the user may not look", async () => {
    const refused = new RefusedStream({ status: 403, body: "{}", warnings: [] });
    await expect(followed([{ lines: [], end: refused }])).rejects.toMatchObject({ status: 403 });
  });
});
