import type { Commit } from "../kit/event.js";
import type { NeededJob, ReadReport } from "../kit/read-reports.js";
import type { Field } from "./fields.js";
import type { VerdictKind } from "./verdict.js";

/** All that a message tells; what is not known is empty. */
export interface Story {
  readonly kind: VerdictKind;
  /** What it is about. */
  readonly title: string;
  readonly environment: string;
  readonly message: string;
  readonly fields: readonly Field[];
  readonly jobs: readonly NeededJob[];
  /** Those of the jobs are there. */
  readonly reports: readonly ReadReport[];
  readonly repository: string;
  readonly repositoryUrl: string;
  readonly branch: string;
  readonly commit: Commit | undefined;
  readonly commitUrl: string;
  readonly actor: string;
  readonly runUrl: string;
  /** The page with what is new since the last release, or in this push. */
  readonly compareUrl: string;
  readonly pullRequestUrl: string;
  readonly durationMs: number | undefined;
}

/** All reports, those that tell of a failure first. */
export function reportsOf({ reports, jobs }: Story): readonly ReadReport[] {
  const all = [...reports, ...jobs.flatMap((job) => job.reports)];
  return [
    ...all.filter(({ error }) => error !== undefined),
    ...all.filter(({ error }) => error === undefined),
  ];
}
