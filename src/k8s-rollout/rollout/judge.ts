import { canonical } from "../manifests/compare.js";
import { identityOf } from "../cluster/objects.js";
import type { KubeEvent, Pod, Workload } from "../cluster/workloads.js";
import { conditionOf } from "../cluster/objects.js";
import type { Grace } from "./grace.js";
import { ownerTroubles } from "./owner-trouble.js";
import { podTroubles, probeFailure, probeText } from "./pod-trouble.js";
import { isReady, type Progress, progressOf } from "./progress.js";
import { newRevision } from "./revision.js";
import { stableMs } from "./stable.js";
import type { Trouble } from "./trouble.js";
import type { View } from "./view.js";

/** What a look at a workload came to. */
export interface Standing {
  readonly state: "rolling" | "settling" | "done" | "failed" | "superseded";
  /** How far it is, in words that only change when something has. */
  readonly line: string;
  /** What stands in the way, the worst first; of a failure its cause. */
  readonly trouble: Trouble | undefined;
  /** The name of the ReplicaSet or ControllerRevision. */
  readonly revision: string | undefined;
  /** How long the new pods must stay ready. */
  readonly stableMs: number;
  /** Of one that is settling: when it has, if nothing happens. */
  readonly settledInMs?: number;
}

interface Stood {
  readonly since: number;
  seen: number;
}

/** A trouble that flaps is the same trouble: it is forgotten when it was not seen for so long. */
const flapMs = 3000;

/** Judges the rollout of one workload, look by look; the time is the caller's. */
export class Judge {
  readonly #workload: Workload;
  readonly #grace: Grace;
  readonly #template: string;
  readonly #before: ReadonlyMap<string, number>;
  readonly #stood = new Map<string, Stood>();
  readonly #readySince = new Map<string, { readonly at: number; readonly restarts: number }>();
  readonly #pulls = new Map<string, { reason: string; answers: number }>();
  #lastProgress = { line: "", at: 0 };
  #seen = false;

  /** `workload` as the server returned it when it was applied; `before` shows what ran then. */
  constructor(workload: Workload, grace: Grace, before: View) {
    this.#workload = workload;
    this.#grace = grace;
    this.#template = canonical(workload.spec?.template);
    this.#before = restartsIn(before);
  }

  get workload(): Workload {
    return this.#workload;
  }

  /** What `view` shows at `now`, milliseconds that only go forward. */
  look(view: View, now: number): Standing {
    const workload = findIn(view, this.#workload);
    const settleMs = this.#grace.stableMs ?? stableMs(this.#workload.spec?.template);
    const stands = { trouble: undefined, revision: undefined, stableMs: settleMs };
    // A watch may lag behind what applying it has answered.
    if (workload === undefined)
      return this.#seen
        ? { ...stands, state: "superseded", line: "it was deleted meanwhile" }
        : { ...stands, state: "rolling", line: "applied" };
    this.#seen = true;
    const lags = (workload.metadata.generation ?? 0) < (this.#workload.metadata.generation ?? 0);
    if (lags) return { ...stands, state: "rolling", line: "applied" };
    if (canonical(workload.spec?.template) !== this.#template)
      return { ...stands, state: "superseded", line: "somebody else has changed its pod template" };
    const revision = newRevision(workload, view);
    const progress = progressOf(workload, revision);
    this.#noteProgress(progress, now);
    const pods = revision?.pods ?? [];
    pods.forEach((pod) => this.#notePod(pod, now));
    const named = { ...stands, revision: revision?.name };
    const events = [...view.events.values()];
    const troubles = [
      ...pods.flatMap((pod) => podTroubles(pod, this.#history(events))),
      ...(revision === undefined ? [] : ownerTroubles(revision, progress.wanted, events)),
    ];
    const fatal = this.#fatal(troubles, pods, now, settleMs);
    if (fatal !== undefined)
      return { ...named, state: "failed", line: progress.line, trouble: fatal };
    if (progress.complete) return { ...named, ...this.#settled(progress, pods, now, settleMs) };
    const stuck = conditionOf(workload.status?.conditions, "Progressing");
    const trouble = troubles[0] ?? notReady(pods, events);
    if (stuck?.reason === "ProgressDeadlineExceeded")
      return {
        ...named,
        state: "failed",
        line: progress.line,
        trouble: trouble ?? stalled(stuck.message),
      };
    return { ...named, state: "rolling", line: progress.line, trouble };
  }

  #history(events: readonly KubeEvent[]): Parameters<typeof podTroubles>[1] {
    return {
      events,
      restartsBefore: (pod, container) => this.#before.get(keyOf(pod, container)) ?? 0,
      pullAnswers: (pod, container) => this.#pulls.get(keyOf(pod, container))?.answers ?? 0,
    };
  }

  #noteProgress({ line }: Progress, now: number): void {
    if (line !== this.#lastProgress.line) this.#lastProgress = { line, at: now };
  }

  #notePod(pod: Pod, now: number): void {
    const uid = pod.metadata.uid ?? pod.metadata.name;
    const restarts = restartsOf(pod);
    if (!isReady(pod)) this.#readySince.delete(uid);
    // A container that is killed and started again in one go was never seen as not ready.
    else if (this.#readySince.get(uid)?.restarts !== restarts)
      this.#readySince.set(uid, { at: now, restarts });
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
      const reason = state?.waiting?.reason ?? "";
      const known = this.#pulls.get(keyOf(pod, name)) ?? { reason: "", answers: 0 };
      const asked = reason === "ErrImagePull" && known.reason !== reason ? 1 : 0;
      this.#pulls.set(keyOf(pod, name), { reason, answers: known.answers + asked });
    }
  }

  #settled(
    { line, held }: Progress,
    pods: readonly Pod[],
    now: number,
    settleMs: number,
  ): Pick<Standing, "state" | "line" | "settledInMs"> {
    if (held !== undefined) return { state: "done", line };
    const since = pods.map(
      ({ metadata }) => this.#readySince.get(metadata.uid ?? metadata.name)?.at ?? now,
    );
    const settledInMs = pods.length === 0 ? 0 : Math.max(...since) + settleMs - now;
    return settledInMs <= 0 ? { state: "done", line } : { state: "settling", line, settledInMs };
  }

  /** The first trouble that time will not mend, or has had its time. */
  #fatal(
    troubles: readonly Trouble[],
    pods: readonly Pod[],
    now: number,
    settleMs: number,
  ): Trouble | undefined {
    for (const trouble of troubles) {
      const key = `${trouble.kind} ${trouble.key}`;
      const stood = this.#stood.get(key) ?? { since: now, seen: now };
      stood.seen = now;
      this.#stood.set(key, stood);
    }
    for (const [key, { seen }] of this.#stood) if (now - seen > flapMs) this.#stood.delete(key);
    const anotherIsStable = pods.some(({ metadata }) => {
      const since = this.#readySince.get(metadata.uid ?? metadata.name)?.at;
      return since !== undefined && now - since >= settleMs;
    });
    return troubles.find((trouble) => {
      const since = this.#stood.get(`${trouble.kind} ${trouble.key}`)?.since ?? now;
      return this.#isFatal(trouble, { stoodMs: now - since, now, anotherIsStable });
    });
  }

  #isFatal(
    trouble: Trouble,
    { stoodMs, now, anotherIsStable }: { stoodMs: number; now: number; anotherIsStable: boolean },
  ): boolean {
    const { maxRestarts, pullMs, configMs, scheduleMs } = this.#grace;
    switch (trouble.kind) {
      case "refused":
        return true;
      case "config":
        return stoodMs >= configMs;
      case "image":
        return (trouble.answers ?? 0) >= 2 || stoodMs >= pullMs;
      case "crash":
        return (trouble.restarts ?? 0) >= maxRestarts && !anotherIsStable;
      case "unschedulable":
        return stoodMs >= scheduleMs && trouble.comingUp !== true;
      case "quota":
        return stoodMs >= scheduleMs && now - this.#lastProgress.at >= scheduleMs;
      case "waiting":
        return false;
    }
  }
}

function findIn(view: View, { metadata, ...rest }: Workload): Workload | undefined {
  const byId = view.workloads.get(metadata.uid ?? "");
  if (byId !== undefined) return byId;
  const name = identityOf({ ...rest, metadata });
  return metadata.uid === undefined
    ? [...view.workloads.values()].find((one) => identityOf(one) === name)
    : undefined;
}

function restartsIn(view: View): ReadonlyMap<string, number> {
  const counts = [...view.pods.values()].flatMap((pod) =>
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map(
      ({ name, restartCount }) => [keyOf(pod, name), restartCount ?? 0] as const,
    ),
  );
  return new Map(counts);
}

function restartsOf({ status }: Pod): number {
  return (status?.containerStatuses ?? []).reduce(
    (sum, { restartCount = 0 }) => sum + restartCount,
    0,
  );
}

function keyOf({ metadata }: Pod, container: string): string {
  return `${metadata.uid ?? metadata.name} ${container}`;
}

/** Running, and its probe says no. */
function notReady(pods: readonly Pod[], events: readonly KubeEvent[]): Trouble | undefined {
  for (const pod of pods.filter((one) => !isReady(one))) {
    for (const kind of ["Startup", "Readiness"] as const) {
      for (const container of pod.spec?.containers ?? []) {
        const failure = probeFailure(kind, pod, container.name, events);
        if (failure === undefined) continue;
        const probe = kind === "Startup" ? container.startupProbe : container.readinessProbe;
        const about = { pod: pod.metadata.name, container: container.name };
        const line = `not ready: ${kind.toLowerCase()} probe ${probeText(probe)}: ${failure}`;
        return { kind: "waiting", key: "probe", line, ...about };
      }
    }
  }
  return undefined;
}

function stalled(message: string | undefined): Trouble {
  const line = `ProgressDeadlineExceeded, ${message ?? "it does not progress"}`;
  return { kind: "waiting", key: "progress", line, pod: undefined, container: undefined };
}
