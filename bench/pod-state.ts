import { request } from "node:http";
import { createInterface } from "node:readline";
import type { Pod } from "../src/k8s-rollout/cluster/workloads.js";

/** A look-out for the moment in which a namespace's pods show a state. */
export interface PodState {
  /** When a pod was first seen so, by `performance.now()`; throws where none was. */
  seenAt(): number;
  isSeen(): boolean;
  close(): void;
}

/** Watches the pods of a namespace through the API server at `url`; ready when the watch has begun. */
export async function watchForState(
  url: string,
  namespace: string,
  shows: (pod: Pod) => boolean,
): Promise<PodState> {
  let at: number | undefined;
  const path = `/api/v1/namespaces/${namespace}/pods?watch=1`;
  const asked = request(`${url}${path}`, { agent: false });
  const answer = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    asked.once("response", resolve);
    asked.once("error", reject);
    asked.end();
  });
  asked.on("error", () => undefined);
  answer.on("error", () => undefined);
  const lines = createInterface({ input: answer });
  // The end that `close` makes.
  lines.on("error", () => undefined);
  lines.on("line", (line) => {
    const { object } = JSON.parse(line) as { readonly object: Pod };
    if (at === undefined && shows(object)) at = performance.now();
  });
  return {
    seenAt: () => {
      if (at === undefined) throw new Error(`no pod of ${namespace} was seen in that state`);
      return at;
    },
    isSeen: () => at !== undefined,
    close: () => asked.destroy(),
  };
}
