import type { NeededJob, ReadReport } from "../kit/read-reports.js";

/** What became of the run, the worst first. */
export const verdictKinds = [
  "rollback-failed",
  "failed",
  "rolled-back",
  "unknown",
  "cancelled",
  "started",
  "succeeded",
  "skipped",
] as const;
export type VerdictKind = (typeof verdictKinds)[number];

/** What GitHub and our actions call it. */
const kinds: Readonly<Record<string, VerdictKind>> = {
  success: "succeeded",
  failure: "failed",
  cancelled: "cancelled",
  skipped: "skipped",
  started: "started",
  ...ofKind("succeeded", [
    ...["succeeded", "deployed", "unchanged", "backed-up", "verified", "restored", "adopted"],
    ...["ran", "planned", "ok", "healthy", "degraded", "pushed", "built", "passed", "created"],
  ]),
  ...ofKind("failed", ["failed", "unhealthy", "superseded"]),
  "rolled-back": "rolled-back",
  "rollback-failed": "rollback-failed",
};

function ofKind(kind: VerdictKind, statuses: readonly string[]): Record<string, VerdictKind> {
  return Object.fromEntries(statuses.map((status) => [status, kind]));
}

/** What a status means; undefined when nobody of ours or GitHub's says it. */
export function kindOf(status: string): VerdictKind | undefined {
  return Object.hasOwn(kinds, status) ? kinds[status] : undefined;
}

/** Its sign and words. */
export const looks: Readonly<
  Record<VerdictKind, { readonly sign: string; readonly words: string }>
> = {
  "rollback-failed": { sign: "🔥", words: "failed, and the way back failed too" },
  failed: { sign: "❌", words: "failed" },
  "rolled-back": { sign: "↩️", words: "failed and was rolled back" },
  unknown: { sign: "⚠️", words: "ended, and nobody knows how" },
  cancelled: { sign: "🚫", words: "cancelled" },
  started: { sign: "⏳", words: "started" },
  succeeded: { sign: "✅", words: "succeeded" },
  skipped: { sign: "⏭️", words: "skipped" },
};

/** Whether somebody has to do something about it. */
export function isBad(kind: VerdictKind): boolean {
  return kind === "failed" || kind === "rolled-back" || kind === "rollback-failed";
}

/** A rollback that somebody asked for is no failure: only an error makes a report bad. */
export function reportKind({ status, error }: ReadReport): VerdictKind {
  const kind = kindOf(status);
  if (error !== undefined) return kind !== undefined && isBad(kind) ? kind : "failed";
  return kind === undefined || isBad(kind) ? "succeeded" : kind;
}

/** What its reports explain of a failed job is said instead of "failed". */
export function jobKind({ result, reports }: NeededJob): VerdictKind {
  return explained(kindOf(result) ?? "unknown", reports);
}

export interface Evidence {
  /** What the user or the job says; undefined when they say nothing. */
  readonly status: VerdictKind | undefined;
  readonly jobs: readonly NeededJob[];
  readonly reports: readonly ReadReport[];
  /** Whether something that should have told was not readable. */
  readonly incomplete: boolean;
}

/** The worst of all that is known. */
export function verdictOf({ status, jobs, reports, incomplete }: Evidence): VerdictKind {
  const own = status === undefined ? reports.map(reportKind) : [explained(status, reports)];
  const all = [...own, ...jobs.map(jobKind), ...(incomplete ? (["unknown"] as const) : [])];
  return verdictKinds.find((kind) => all.includes(kind)) ?? "unknown";
}

function explained(kind: VerdictKind, reports: readonly ReadReport[]): VerdictKind {
  const told = reports.map(reportKind);
  const worst = verdictKinds.find((one) => told.includes(one));
  return worst !== undefined && isBad(worst) ? worst : kind;
}
