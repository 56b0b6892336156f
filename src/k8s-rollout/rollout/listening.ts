import type { Cluster } from "../../ports/cluster.js";
import { nameOf } from "../cluster/objects.js";
import { containersOf } from "../cluster/workloads.js";
import type { View } from "./view.js";
import type { Rolled } from "./watch-rollout.js";

const patienceMs = 5000;

/**
 * Where a probe was refused: on which ports somebody listens in its pod, or which its container declares, as the end
 * of the line that names the cause; "" where neither is known.
 */
export async function portHint(
  { standing: { trouble } }: Rolled,
  view: View,
  cluster: Pick<Cluster, "kubectl">,
): Promise<string> {
  const { pod: podName, container, line = "" } = trouble ?? {};
  if (!/probe .*connection refused/.test(line)) return "";
  const pod = [...view.pods.values()].find(({ metadata }) => metadata.name === podName);
  if (pod === undefined || container === undefined) return "";
  const heard = await listening(
    cluster,
    pod.metadata.namespace ?? "default",
    pod.metadata.name,
    container,
  );
  if (heard !== undefined)
    return heard.length === 0
      ? `; nothing listens in ${nameOf(pod)} yet`
      : `; the pod listens on ${heard.join(", ")}`;
  const spec = containersOf(pod.spec).find(({ name }) => name === container);
  const declared = (spec?.ports ?? []).map(({ containerPort }) => containerPort);
  return declared.length === 0 ? "" : `; the container declares ${declared.join(", ")}`;
}

/** The ports; undefined where the pod cannot be asked: no right, no `cat`, or it is gone. */
async function listening(
  cluster: Pick<Cluster, "kubectl">,
  namespace: string,
  pod: string,
  container: string,
): Promise<readonly number[] | undefined> {
  const files = ["/proc/net/tcp", "/proc/net/tcp6"];
  const argv = ["exec", "-n", namespace, pod, "-c", container, "--", "cat", ...files];
  const { stdout } = await cluster.kubectl(argv, AbortSignal.timeout(patienceMs));
  return stdout.includes("local_address") ? listeningPorts(stdout) : undefined;
}

/** The ports of `/proc/net/tcp` whose sockets are in the state LISTEN, sorted; those on loopback are no use to a probe. */
export function listeningPorts(table: string): readonly number[] {
  const listen = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm;
  const ports = [...table.matchAll(listen)]
    .filter(([, address = ""]) => !isLoopback(address))
    .map(([, , port = ""]) => Number.parseInt(port, 16));
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** Words of 32 bits, each with its bytes reversed. */
function isLoopback(address: string): boolean {
  return /^[0-9A-F]{6}7F$/.test(address) || address === "00000000000000000000000001000000";
}
