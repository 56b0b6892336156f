import type { PushedCommit } from "../kit/event.js";
import type { Log } from "../ports/log.js";
import type { Processes } from "../ports/processes.js";
import { BelayError } from "../kit/errors.js";
import { localCommits } from "./local-commits.js";
import type { Run } from "./platform.js";
import type { Sentry } from "./sentry.js";

export interface CommitSources {
  readonly run: Run;
  readonly pushed: readonly PushedCommit[];
  readonly processes: Processes;
  readonly log: Pick<Log, "info" | "warning">;
  /** Ends git when there is no time left. */
  readonly signal: AbortSignal;
}

/**
 * Tells Sentry which commits the release has: by reference where Sentry reads the repository itself, else
 * those that the checkout has. Says for people which.
 */
export async function tellCommits(
  version: string,
  sentry: Sentry,
  sources: CommitSources,
): Promise<string> {
  const { run, log } = sources;
  if (run.sha === "") return "none: the run names no commit";
  if (await isReadBySentry(run.repository, sentry, log)) {
    try {
      await sentry.setRefs(version, run.repository, run.sha);
      return `read by Sentry from ${run.repository}`;
    } catch (failure) {
      if (!isRefused(failure)) throw failure;
      log.info(`${failure.message}; the commits of the checkout are told instead`);
    }
  }
  return tellLocal(version, sentry, sources);
}

/** A token without the right to list repositories is no failure: there is another way. */
async function isReadBySentry(
  repository: string,
  sentry: Sentry,
  log: CommitSources["log"],
): Promise<boolean> {
  try {
    return repository !== "" && (await sentry.hasRepository(repository));
  } catch (failure) {
    if (!isRefused(failure)) throw failure;
    log.info(`${failure.message}; the commits of the checkout are told instead`);
    return false;
  }
}

async function tellLocal(
  version: string,
  sentry: Sentry,
  { run, pushed, processes, log, signal }: CommitSources,
): Promise<string> {
  const previous = await previousCommit(version, sentry);
  const { commits, source, shallow } = await localCommits(run, previous, pushed, processes, signal);
  if (shallow) {
    log.warning(
      `The checkout is shallow: Sentry is told of ${commits.length} commit(s) only, and older ones of this release may be missing. Give actions/checkout \`fetch-depth: 0\`, or connect the repository in Sentry.`,
    );
  }
  if (commits.length === 0) return `none in ${source}`;
  await sentry.setCommits(version, commits);
  return `${commits.length} from ${source}`;
}

/** An older Sentry does not know the question. */
async function previousCommit(version: string, sentry: Sentry): Promise<string | undefined> {
  try {
    return await sentry.previousCommit(version);
  } catch (failure) {
    if (isRefused(failure)) return undefined;
    throw failure;
  }
}

function isRefused(failure: unknown): failure is BelayError {
  return (
    failure instanceof BelayError && (failure.code === "config" || failure.code === "auth-refused")
  );
}
