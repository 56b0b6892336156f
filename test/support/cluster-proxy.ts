import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startDaemon } from "./peers/daemon.js";
import type { Kubernetes } from "./peers/kubernetes.js";
import { removeFolder, scratchFolder } from "./scratch.js";

/** The API server of a cluster by plain http on a free port of 127.0.0.1, with the administrator's rights. */
export interface ClusterProxy {
  readonly url: string;
  /** The text of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  /** What was asked so far, as `GET /api/v1/…`; a watch is one. */
  requests(): readonly string[];
  /** How many watches were told that the server has forgotten their place (410). */
  expired(): number;
  /** Cuts every connection now; new ones pass. */
  cut(): void;
  stop(): Promise<void>;
}

/** Starts it: a `kubectl proxy`, and a counter before it. */
export async function startClusterProxy(cluster: Kubernetes): Promise<ClusterProxy> {
  const folder = await scratchFolder("cluster-proxy");
  const socketPath = join(folder, "socket");
  const words = [`--kubeconfig=${cluster.kubeconfig()}`, "proxy", `--unix-socket=${socketPath}`];
  const kubectl = startDaemon([cluster.kubectlPath, ...words], { logFile: join(folder, "log") });
  try {
    await kubectl.ready(async () => (await kubectl.log()).includes("Starting to serve"));
    const counter = await startCounter(socketPath);
    return {
      ...counter,
      stop: async () => {
        await counter.stop();
        await kubectl.end();
        await removeFolder(folder);
      },
    };
  } catch (failure) {
    await kubectl.end();
    await removeFolder(folder);
    throw failure;
  }
}

async function startCounter(socketPath: string): Promise<ClusterProxy> {
  const asked: string[] = [];
  let expired = 0;
  const server = createServer({ noDelay: true }, (near, answer) => {
    const { method = "GET", url: path = "/" } = near;
    asked.push(`${method} ${path}`);
    const headers = { ...near.headers, host: "localhost" };
    const far = request({ socketPath, method, path, headers }, (said) => {
      answer.writeHead(said.statusCode ?? 502, said.headers);
      // A watch begins before there is anything to tell.
      answer.flushHeaders();
      said.on("data", (part: Buffer) => (expired += part.includes('"code":410') ? 1 : 0));
      said.once("error", () => answer.destroy());
      said.pipe(answer);
    });
    far.once("error", () => answer.destroy());
    answer.once("close", () => far.destroy());
    near.pipe(far);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    kubeconfig: kubeconfigOf(url),
    requests: () => [...asked],
    expired: () => expired,
    cut: () => server.closeAllConnections(),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server } }],
    users: [{ name: "admin", user: {} }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  });
}
