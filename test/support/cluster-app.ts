import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ClusterUser } from "./peers/kubernetes-files.js";
import type { Kubernetes } from "./peers/kubernetes.js";
import type { PushedImage } from "./peers/registry-images.js";
import { type ActionResult, type RunningAction, startAction } from "./run-action.js";
import { removeFolder, scratchFolder } from "./scratch.js";

/** An object as a manifest has it; JSON is YAML. */
export type Manifest = Readonly<Record<string, unknown>>;

type Inputs = Readonly<Record<string, string>>;

/** An app in a namespace of its own, with a workspace that its manifests lie in. */
export interface ClusterApp {
  readonly namespace: string;
  readonly workspace: string;
  /** Writes the manifests to `k8s/app.yaml`, alone there. */
  write(...objects: readonly Manifest[]): Promise<void>;
  start(inputs?: Inputs, options?: AppRunOptions): Promise<RunningAction>;
  /** Runs the action to its end; without other inputs it deploys `k8s` and waits 1 s for stability. */
  run(inputs?: Inputs, options?: AppRunOptions): Promise<ActionResult>;
  kubectl(...args: readonly string[]): Promise<string>;
  /** What kubectl prints for a path of an object, as JSONPath has it. */
  value(object: string, path: string): Promise<string>;
  remove(): Promise<void>;
}

export interface AppRunOptions {
  /** The one that runs where it is not `k8s-rollout`. */
  readonly action?: string;
  readonly user?: ClusterUser;
  readonly facts?: Readonly<Record<string, string>>;
}

/** Makes the namespace and the workspace. */
export async function clusterApp(cluster: Kubernetes, namespace: string): Promise<ClusterApp> {
  await cluster.namespace(namespace);
  const workspace = await scratchFolder("k8s-app");
  const start: ClusterApp["start"] = async (
    inputs = {},
    { action = "k8s-rollout", user, facts } = {},
  ) =>
    startAction({
      action,
      workspace,
      inputs: {
        kubeconfig: await readFile(cluster.kubeconfig(user), "utf8"),
        namespace,
        set: "app",
        manifests: "k8s",
        stable: "1s",
        timeout: "60s",
        ...inputs,
      },
      facts: { PATH: `${dirname(cluster.kubectlPath)}:${process.env["PATH"] ?? ""}`, ...facts },
    });
  const kubectl: ClusterApp["kubectl"] = (...args) =>
    cluster.kubectl([`--namespace=${namespace}`, ...args]);
  return {
    namespace,
    workspace,
    write: async (...objects) => {
      await mkdir(join(workspace, "k8s"), { recursive: true });
      const text = objects.map((object) => JSON.stringify(object, null, 2)).join("\n---\n");
      await writeFile(join(workspace, "k8s/app.yaml"), text);
    },
    start,
    run: async (inputs, options) => (await start(inputs, options)).done,
    kubectl,
    value: (object, path) => kubectl("get", object, `--output=jsonpath={${path}}`),
    remove: () => removeFolder(workspace),
  };
}

/** Pushes version 1, 2 and so on of the app. */
export async function pushVersions(
  cluster: Kubernetes,
  count: number,
): Promise<readonly PushedImage[]> {
  const pushed: PushedImage[] = [];
  for (let version = 1; version <= count; version += 1) {
    const env = { VERSION: String(version) };
    const entrypoint = ["/bin/web-server"];
    pushed.push(await cluster.push({ name: "web", tag: String(version), entrypoint, env }));
  }
  return pushed;
}

export interface WebOptions {
  readonly name?: string;
  readonly kind?: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly replicas?: number;
  /** Members of the container, of the pod's spec and of the workload's spec. */
  readonly container?: Manifest;
  readonly pod?: Manifest;
  readonly spec?: Manifest;
  /** False: ready as soon as it runs. */
  readonly probe?: boolean;
}

/** A workload of our web server. */
export function web(image: string, options: WebOptions = {}): Manifest {
  const { name = "web", kind = "Deployment", replicas = 1, probe = true } = options;
  const labels = { app: name };
  const readinessProbe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 };
  const ports = [{ containerPort: 8080 }];
  const container = { name: "web", image, ports, ...(probe && { readinessProbe }) };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: {
      ...(kind !== "DaemonSet" && { replicas }),
      ...(kind === "StatefulSet" && { serviceName: name }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ ...container, ...options.container }],
          ...options.pod,
        },
      },
      ...options.spec,
    },
  };
}

export function service(name = "web"): Manifest {
  const spec = { selector: { app: name }, ports: [{ port: 8080 }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
}

export function configMap(name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

export function secret(name: string, stringData: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData };
}

/** A container that runs a line of shell instead of the app. */
export function shell(line: string): Manifest {
  return { command: ["/bin/sh", "-c", line] };
}
