import { request } from "node:http";
import { join } from "node:path";
import { removeFolder, scratchFolder } from "../scratch.js";
import { startDaemon } from "./daemon.js";
import type { Kubernetes } from "./kubernetes.js";

/** The API of a cluster by plain http on 127.0.0.1, with the administrator's rights. */
export interface ClusterApi {
  readonly port: number;
  /** What a path answers, as JSON. */
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts `kubectl proxy`. */
export async function startClusterApi(cluster: Kubernetes): Promise<ClusterApi> {
  const folder = await scratchFolder("cluster-api");
  const words = ["proxy", "--port=0", `--kubeconfig=${cluster.kubeconfig()}`];
  const proxy = startDaemon([cluster.kubectlPath, ...words], { logFile: join(folder, "log") });
  const stop = async (): Promise<void> => {
    await proxy.end();
    await removeFolder(folder);
  };
  const portTold = async (): Promise<number> =>
    Number(/Starting to serve on 127\.0\.0\.1:(\d+)/.exec(await proxy.log())?.[1] ?? 0);
  try {
    await proxy.ready(async () => (await portTold()) > 0);
    const port = await portTold();
    return { port, get: (path) => get(port, path), stop };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

function get(port: number, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, timeout: 5000 }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.once("error", reject);
      answer.once("end", () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path}: ${String(answer.statusCode)} ${text}`));
      });
    });
    asked.once("timeout", () => asked.destroy(new Error(`${path}: no answer`)));
    asked.once("error", reject);
    asked.end();
  });
}
