import { BelayError } from "../kit/errors.js";
import type { Processes } from "../ports/processes.js";
import type { KnownRelease } from "../server/look.js";

/** Where a deploy comes from. */
export interface Origin {
  readonly sha: string;
  readonly runId: string;
  /** The checkout, for its history. */
  readonly workspace: string;
}

/** Throws `superseded` when what runs is newer than `origin`: by the run's id, or by the history where it is there. */
export async function refuseOlder(
  origin: Origin,
  running: KnownRelease | undefined,
  processes: Processes,
): Promise<void> {
  if (running === undefined) return;
  if (isSmaller(origin.runId, running.runId)) {
    throw superseded(
      `run ${running.runId}, which is newer than this run ${origin.runId}, has deployed ${running.id}`,
    );
  }
  if (await isAncestor(origin, running.sha, processes)) {
    throw superseded(
      `${running.id} runs commit ${short(running.sha)}, which already contains ${short(origin.sha)}`,
    );
  }
}

function isSmaller(one: string, other: string): boolean {
  return /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other);
}

/** False as well when it cannot be known: no git, no checkout, or one without that much history. */
async function isAncestor(
  { sha, workspace }: Origin,
  of: string,
  processes: Processes,
): Promise<boolean> {
  if (sha === of || !isCommit(sha) || !isCommit(of)) return false;
  const git = ["git", "-c", `safe.directory=${workspace}`, "merge-base", "--is-ancestor", sha, of];
  try {
    return (await processes.run(git, { cwd: workspace })).code === 0;
  } catch {
    return false;
  }
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(text);
}

function short(sha: string): string {
  return sha.slice(0, 7);
}

function superseded(message: string): BelayError {
  return new BelayError(
    "superseded",
    message,
    "Nothing to do. To deploy the older state all the same: allow-older: true.",
  );
}
