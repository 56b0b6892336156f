import type { CommandCheck, Finding } from "../gate/check.js";
import type { AttemptLimits } from "../gate/http-check.js";
import type { GateInputs } from "../gate/gate-inputs.js";
import { found } from "../gate/server-checks/found.js";
import { oneLine } from "../kit/one-line.js";
import type { Clock } from "../ports/clock.js";
import type { Cluster } from "../ports/cluster.js";
import type { ProcessResult } from "../ports/processes.js";

/** A command in a pod of a workload: `deployment/web`. */
export interface PodCommand {
  readonly workload: string;
  readonly command: string;
}

/** A check that runs the command, by `sh`, in the pod that kubectl chooses: a ready one, where there is one. */
export function podCheck(
  { workload, command }: PodCommand,
  { defaults }: GateInputs,
): CommandCheck {
  const name = `${oneLine(command, 60)} in ${workload}`;
  return {
    ...defaults,
    kind: "command",
    name,
    command,
    place: undefined,
    exitCode: 0,
    matches: undefined,
  };
}

/** Where pods are reached. */
export interface PodWay {
  readonly cluster: Pick<Cluster, "kubectl">;
  readonly namespace: string;
  readonly clock: Pick<Clock, "monotonic">;
}

/** Runs the check once; what outlasts its time is unhealthy. Rejects only when `signal` aborts. */
export async function askPod(
  check: CommandCheck,
  workload: string,
  { timeoutMs, signal }: AttemptLimits,
  { cluster, namespace, clock }: PodWay,
): Promise<Finding> {
  const start = clock.monotonic();
  const limit = AbortSignal.timeout(Math.ceil(timeoutMs));
  const argv = ["exec", "-n", namespace, workload, "--", "sh", "-c", check.command];
  const ended = await cluster.kubectl(
    argv,
    AbortSignal.any([limit, ...(signal === undefined ? [] : [signal])]),
  );
  signal?.throwIfAborted();
  const tookMs = clock.monotonic() - start;
  if (limit.aborted) return { ...found("unhealthy", "no end in time"), tookMs };
  return { ...read(ended), tookMs };
}

/** kubectl ends as the command did; where it failed itself, it says so. */
function read({ code, stdout, stderr }: ProcessResult): Omit<Finding, "tookMs"> {
  if (code === 0) return found("healthy", "exit code 0");
  const own = /^(?:Error from server|error:|Unable to|The connection to).*/m.exec(stderr)?.[0];
  const end = /^command terminated with exit code \d+$/m;
  if (own !== undefined && !end.test(stderr)) return found("unhealthy", oneLine(own, 200));
  return found("unhealthy", `exit code ${code}`, {
    said: `${stdout}${stderr.replace(end, "")}`.trim(),
  });
}
