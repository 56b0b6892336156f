import { oneLine } from "../../kit/one-line.js";
import { conditionOf } from "../cluster/objects.js";
import {
  type Container,
  containersOf,
  type ContainerStatus,
  type KubeEvent,
  type Pod,
  type Probe,
} from "../cluster/workloads.js";
import { isFinalAnswer, registryAnswer } from "./image-answer.js";
import type { Trouble } from "./trouble.js";

/** What judging a pod takes besides the pod. */
export interface PodHistory {
  /** How often the container had restarted when we began. */
  readonly restartsBefore: (pod: Pod, container: string) => number;
  /** How often its registry was asked in vain. */
  readonly pullAnswers: (pod: Pod, container: string) => number;
  readonly events: readonly KubeEvent[];
}

/** All that keeps a pod from being ready, the worst first; nothing for one that is only starting. */
export function podTroubles(pod: Pod, history: PodHistory): readonly Trouble[] {
  const status = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  const specs = containersOf(pod.spec);
  const found = status.flatMap((container) => {
    const spec = specs.find(({ name }) => name === container.name);
    return containerTrouble(pod, container, spec, history) ?? [];
  });
  return [...found, ...unscheduled(pod, history.events), ...missingVolume(pod, history.events)];
}

function containerTrouble(
  pod: Pod,
  status: ContainerStatus,
  spec: Container | undefined,
  history: PodHistory,
): Trouble | undefined {
  const { waiting, terminated } = status.state ?? {};
  const reason = waiting?.reason ?? "";
  const message = oneLine(waiting?.message ?? "", 300);
  const about = { pod: pod.metadata.name, container: status.name };
  const key = (kind: string): string => `${kind} ${status.name}`;
  const label = labelOf(pod, status.name);
  if (reason === "InvalidImageName")
    return {
      kind: "refused",
      key: key("image"),
      line: `${label}InvalidImageName, ${message}`,
      ...about,
    };
  if (
    ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "ImageInspectError"].includes(reason)
  ) {
    // The answer comes last, after names that fill lines: nothing is cut off before it is found.
    const said = oneLine(waiting?.message ?? "");
    const final = reason === "ErrImageNeverPull" || isFinalAnswer(said);
    const answer = oneLine(registryAnswer(said), 300);
    const line = `${label}${reason}, image ${spec?.image ?? status.image ?? ""}: ${answer}`;
    const answers = history.pullAnswers(pod, status.name);
    return { kind: final ? "image" : "waiting", key: key("image"), line, answers, ...about };
  }
  if (["CreateContainerConfigError", "CreateContainerError"].includes(reason))
    return { kind: "config", key: key("config"), line: `${label}${reason}, ${message}`, ...about };
  const last = terminated ?? status.lastState?.terminated;
  const startError = ["StartError", "ContainerCannotRun"].includes(last?.reason ?? "");
  if (reason === "RunContainerError" || (startError && status.state?.running === undefined)) {
    const why = oneLine(last?.message ?? message, 300);
    return { kind: "config", key: key("config"), line: `${label}StartError, ${why}`, ...about };
  }
  return crash(pod, status, spec, { label, history });
}

function crash(
  pod: Pod,
  status: ContainerStatus,
  spec: Container | undefined,
  { label, history }: { readonly label: string; readonly history: PodHistory },
): Trouble | undefined {
  const restarts = (status.restartCount ?? 0) - history.restartsBefore(pod, status.name);
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  const isInit = pod.status?.initContainerStatuses?.includes(status) === true;
  const finished = isInit && status.state?.terminated?.exitCode === 0;
  const failedAtOnce = status.state?.terminated !== undefined && !finished;
  if (finished || ended === undefined || (restarts <= 0 && !failedAtOnce)) return undefined;
  const how = endOf(status, spec, history.events, pod);
  return {
    kind: "crash",
    key: `crash ${status.name}`,
    line: `${label}${how}${restartText(restarts)}`,
    restarts,
    pod: pod.metadata.name,
    container: status.name,
  };
}

function restartText(restarts: number): string {
  if (restarts <= 0) return "";
  return restarts === 1 ? ", 1 restart" : `, ${restarts} restarts`;
}

function endOf(
  status: ContainerStatus,
  spec: Container | undefined,
  events: readonly KubeEvent[],
  pod: Pod,
): string {
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  const limit = spec?.resources?.limits?.["memory"];
  if (ended?.reason === "OOMKilled")
    return `OOMKilled${limit === undefined ? "" : `, limit ${limit}`}`;
  const killed = probeFailure("Liveness", pod, status.name, events);
  if (killed !== undefined)
    return `killed by its liveness probe ${probeText(spec?.livenessProbe)}: ${killed}`;
  if (ended?.exitCode === 0) return "ended with exit code 0, and it should keep running";
  const why = oneLine(ended?.message ?? "", 200);
  return `exited with ${ended?.exitCode ?? "?"}${why === "" ? "" : ` (${why})`}`;
}

/** What the last failed probe of this kind has seen. */
export function probeFailure(
  kind: "Liveness" | "Readiness" | "Startup",
  pod: Pod,
  container: string,
  events: readonly KubeEvent[],
): string | undefined {
  const start = `${kind} probe failed: `;
  const event = events.findLast(
    ({ reason, message, involvedObject }) =>
      reason === "Unhealthy" &&
      involvedObject?.uid === pod.metadata.uid &&
      (involvedObject?.fieldPath ?? container).includes(container) &&
      message?.startsWith(start) === true,
  );
  return event?.message === undefined ? undefined : oneLine(event.message.slice(start.length), 200);
}

/** `GET :3000/api/health`. */
export function probeText(probe: Probe | undefined): string {
  if (probe?.httpGet !== undefined)
    return `GET :${probe.httpGet.port ?? ""}${probe.httpGet.path ?? "/"}`;
  if (probe?.tcpSocket !== undefined) return `TCP :${probe.tcpSocket.port ?? ""}`;
  if (probe?.grpc !== undefined) return `gRPC :${probe.grpc.port ?? ""}`;
  return oneLine(probe?.exec?.command?.join(" ") ?? "", 80);
}

function unscheduled(pod: Pod, events: readonly KubeEvent[]): readonly Trouble[] {
  const condition = conditionOf(pod.status?.conditions, "PodScheduled");
  if (condition?.status !== "False") return [];
  const comingUp = events.some(
    ({ reason, involvedObject }) =>
      involvedObject?.uid === pod.metadata.uid &&
      ["TriggeredScaleUp", "Nominated"].includes(reason ?? ""),
  );
  const line = `${condition.reason ?? "Unschedulable"}, ${oneLine(condition.message ?? "", 300)}`;
  const about = { pod: pod.metadata.name, container: undefined };
  return [{ kind: "unschedulable", key: "unschedulable", line, comingUp, ...about }];
}

/** Only an event tells of it; the pod itself just keeps creating its containers. */
function missingVolume(pod: Pod, events: readonly KubeEvent[]): readonly Trouble[] {
  const creating = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ].every(({ state }) =>
    ["ContainerCreating", "PodInitializing"].includes(state?.waiting?.reason ?? ""),
  );
  if (!creating) return [];
  const event = events.findLast(
    ({ reason, involvedObject }) =>
      involvedObject?.uid === pod.metadata.uid && reason === "FailedMount",
  );
  if (event === undefined) return [];
  const line = `FailedMount, ${oneLine(event.message ?? "", 300)}`;
  return [{ kind: "config", key: "mount", line, pod: pod.metadata.name, container: undefined }];
}

function labelOf(pod: Pod, container: string): string {
  const init = pod.spec?.initContainers?.find(({ name }) => name === container);
  if (init !== undefined)
    return `${init.restartPolicy === "Always" ? "sidecar" : "init container"} ${container}: `;
  return (pod.spec?.containers?.length ?? 1) > 1 ? `container ${container}: ` : "";
}
