import type { Cluster, ClusterAnswer, ClusterRequest } from "../../src/ports/cluster.js";

interface Secret {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** A cluster that keeps Secrets, in memory, and nothing else. */
export interface SecretsOfCluster {
  readonly cluster: Cluster;
  names(): readonly string[];
  /** A Secret as JSON. */
  text(name: string): string;
  /** How many bytes the largest one takes. */
  largest(): number;
  remove(name: string): void;
}

/** Knows the verbs and the selector that records are kept by. */
export function startSecrets(): SecretsOfCluster {
  const kept = new Map<string, Secret>();
  const request = (asked: ClusterRequest): Promise<ClusterAnswer> =>
    Promise.resolve({ warnings: [], ...answerTo(asked, kept) });
  return {
    cluster: {
      request,
      stream: () => {
        throw new Error("nobody watches Secrets");
      },
      kubectl: () => Promise.reject(new Error("nobody runs kubectl")),
      config: { code: 0, stdout: "", stderr: "" },
      close: () => Promise.resolve(),
    },
    names: () => [...kept.keys()].sort(),
    text: (name) => JSON.stringify(kept.get(name)),
    largest: () => Math.max(...[...kept.values()].map((one) => JSON.stringify(one).length)),
    remove: (name) => kept.delete(name),
  };
}

function answerTo(
  { method, path, body = "" }: ClusterRequest,
  kept: Map<string, Secret>,
): { readonly status: number; readonly body: string } {
  const url = new URL(path, "http://cluster");
  if (url.pathname === "/api/v1") return said(200, discovery);
  const name = /\/secrets\/(.+)$/.exec(url.pathname)?.[1];
  if (method === "POST") {
    const secret = JSON.parse(body) as Secret;
    if (kept.has(secret.metadata.name)) return said(409, status("AlreadyExists"));
    kept.set(secret.metadata.name, secret);
    return said(201, secret);
  }
  if (name === undefined) return said(200, listed(url.searchParams.get("labelSelector"), kept));
  const found = kept.get(name);
  if (found === undefined) return said(404, status("NotFound"));
  if (method === "DELETE") kept.delete(name);
  if (method === "PATCH") kept.set(name, merged(found, JSON.parse(body) as Secret));
  return said(200, kept.get(name) ?? found);
}

const discovery = {
  kind: "APIResourceList",
  resources: [{ kind: "Secret", name: "secrets", namespaced: true }],
};

function listed(selector: string | null, kept: ReadonlyMap<string, Secret>): unknown {
  const wanted = (selector ?? "").split(",").map((one) => one.split("="));
  const items = [...kept.values()].filter(({ metadata: { labels = {} } }) =>
    wanted.every(([label = "", value]) =>
      value === undefined ? label in labels : labels[label] === value,
    ),
  );
  return { kind: "SecretList", metadata: { resourceVersion: "1" }, items };
}

function merged(secret: Secret, { metadata }: Secret): Secret {
  const labels = { ...secret.metadata.labels, ...metadata.labels };
  const annotations = { ...secret.metadata.annotations, ...metadata.annotations };
  return { ...secret, metadata: { ...secret.metadata, labels, annotations } };
}

function status(reason: string): unknown {
  return { kind: "Status", reason, message: reason };
}

function said(code: number, value: unknown): { readonly status: number; readonly body: string } {
  return { status: code, body: JSON.stringify(value) };
}
