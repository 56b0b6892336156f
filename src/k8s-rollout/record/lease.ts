import { BelayError } from "../../kit/errors.js";
import type { Deadline } from "../../kit/deadline.js";
import type { Clock } from "../../ports/clock.js";
import type { Log } from "../../ports/log.js";
import type { Api } from "../cluster/api.js";
import { isNoNamespace, isStatus, noNamespace } from "../cluster/api-failure.js";
import type { KubeObject } from "../cluster/objects.js";

interface LeaseObject extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string | null; readonly renewTime?: string };
}

/** The right to deploy a set; renewed until it is given back. */
export interface Lease {
  /** Aborts when somebody else has it, which means that we stood still for too long. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly api: Api;
  readonly clock: Clock;
  readonly log: Pick<Log, "info">;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  readonly namespace: string;
  readonly set: string;
  /** Who we are, for people and against mistaking another's for ours. */
  readonly holder: string;
}

const renewMs = 8000;
const lookMs = 1000;
/** By the waiter's own clock: the clocks of others decide nothing. */
const deadAfterMs = 30_000;

/** Waits for the set's lease and takes it; throws `locked` when the time is up. */
export async function takeLease(options: LeaseOptions): Promise<Lease> {
  const { api, clock, log, deadline, signal } = options;
  let seen = { version: "", at: 0 };
  let told = "";
  for (;;) {
    signal.throwIfAborted();
    const held = await api.find<LeaseObject>(nameOf(options));
    const holder = held?.spec?.holderIdentity ?? "";
    const version = held?.metadata.resourceVersion ?? "";
    if (version !== seen.version) seen = { version, at: clock.monotonic() };
    const isDead = clock.monotonic() - seen.at >= deadAfterMs;
    if (holder === "" || isDead) {
      if (isDead && holder !== "") log.info(`lock: ${holder} no longer renews it: taken over`);
      const taken = await take(options, held);
      if (taken !== undefined) return keep(options, taken);
    } else if (told !== holder) {
      log.info(`lock: ${holder} deploys this set: waiting`);
      told = holder;
    }
    if (deadline.leftMs() < lookMs) throw locked(holder);
    await clock.sleep(lookMs, signal);
  }
}

function nameOf({
  namespace,
  set,
}: LeaseOptions): Pick<LeaseObject, "apiVersion" | "kind" | "metadata"> {
  const metadata = { name: `belay.${set}`, namespace };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata };
}

/** Undefined when another was quicker. */
async function take(
  options: LeaseOptions,
  held: LeaseObject | undefined,
): Promise<LeaseObject | undefined> {
  try {
    const wanted = written(options, held, options.holder);
    return await (held === undefined
      ? options.api.create<LeaseObject>(wanted)
      : options.api.replace<LeaseObject>(wanted));
  } catch (failure) {
    if (isStatus(failure, 409)) return undefined;
    throw isNoNamespace(failure) ? noNamespace("", options.namespace, failure) : failure;
  }
}

/** Replaced only as it was read: of several that try one wins. */
function written(
  options: LeaseOptions,
  held: LeaseObject | undefined,
  holder: string | null,
): LeaseObject {
  const { metadata, ...rest } = nameOf(options);
  const { resourceVersion } = held?.metadata ?? {};
  // Microseconds are part of the type.
  const renewTime = new Date(options.clock.now()).toISOString().replace("Z", "000Z");
  return {
    ...rest,
    metadata: { ...metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
    spec: { holderIdentity: holder, leaseDurationSeconds: deadAfterMs / 1000, renewTime },
  } as LeaseObject;
}

function keep(options: LeaseOptions, first: LeaseObject): Lease {
  const lost = new AbortController();
  const ended = new AbortController();
  let held = first;
  const renewed = renew();
  return {
    lost: lost.signal,
    release: async () => {
      ended.abort();
      await renewed;
      if (lost.signal.aborted) return;
      // Whoever comes next waits a little longer when this fails, and that is all.
      await options.api.replace(written(options, held, null)).catch(() => undefined);
    },
  };

  async function renew(): Promise<void> {
    for (;;) {
      await options.clock.sleep(renewMs, ended.signal).catch(() => undefined);
      if (ended.signal.aborted) return;
      try {
        held = await options.api.replace<LeaseObject>(written(options, held, options.holder));
      } catch (failure) {
        // A server that is away will be back; only a conflict may say that it is another's.
        if (!isStatus(failure, 409)) continue;
        const now = await options.api.find<LeaseObject>(nameOf(options)).catch(() => held);
        // An answer of ours that was lost on its way.
        if (now?.spec?.holderIdentity !== options.holder) {
          lost.abort(taken());
          return;
        }
        held = now;
      }
    }
  }
}

function taken(): BelayError {
  return new BelayError(
    "superseded",
    "another run has taken the lock over, because this one stood still for 30 s",
    "Look at the other run, then deploy again.",
  );
}

function locked(holder: string): BelayError {
  return new BelayError(
    "locked",
    `${holder} still deploys this set`,
    "Wait for that run, or raise `timeout`.",
  );
}
