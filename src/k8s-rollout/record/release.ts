import type { KubeObject } from "../cluster/objects.js";

/** What became of a release; `open` while a run works on it, or when that run was killed. */
export type ReleaseState = "open" | "healthy" | "failed" | "undone";

/** All that a later run needs to make this release the running one again. */
export interface Release {
  readonly version: 1;
  readonly set: string;
  readonly number: number;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly changeCause: string;
  readonly sha: string;
  readonly runUrl: string;
  readonly actor: string;
  /** The number of the release that it follows; 0: none. */
  readonly previous: number;
  /** As they were applied, in the order of applying. */
  readonly objects: readonly KubeObject[];
  /** What objects that no release had yet looked like, as far as ours say something of them. */
  readonly before: readonly BeforeUs[];
  /** A migration is part of it. */
  readonly migrates: boolean;
}

/** An object as somebody else had left it. */
export interface BeforeUs {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** Undefined: there was none. */
  readonly object?: KubeObject;
}

/** A release as the list of them shows it. */
export interface ReleaseEntry {
  readonly number: number;
  readonly state: ReleaseState;
  readonly createdAt: string;
  readonly changeCause: string;
  readonly runUrl: string;
}

/** What runs now: one that failed and was left as it is, or the newest healthy one, to which all others went back. */
export function currentOf(releases: readonly ReleaseEntry[]): ReleaseEntry | undefined {
  const [newest] = releases;
  return newest?.state === "failed" ? newest : releases.find(({ state }) => state === "healthy");
}

/** Those that were healthy once, the newest first, without the one that runs. */
export function candidatesOf(releases: readonly ReleaseEntry[]): readonly number[] {
  const current = currentOf(releases);
  return releases
    .filter((one) => one.state === "healthy" && one !== current)
    .map(({ number }) => number);
}
