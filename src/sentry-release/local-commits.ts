import { hasCommit, isShallow, logCommits, parseCommits } from "../commands/git.js";
import type { PushedCommit } from "../kit/event.js";
import { oneLine } from "../kit/one-line.js";
import type { Processes } from "../ports/processes.js";
import type { Run } from "./platform.js";
import type { SentryCommit } from "./sentry.js";

/** So many where nobody knows which were in the release before, and so many at most. */
const usual = 20;
const most = 500;

/** What can be said of a release's commits without Sentry reading the repository. */
export interface LocalCommits {
  /** The newest first. */
  readonly commits: readonly SentryCommit[];
  /** Where they are from, for people. */
  readonly source: string;
  /** Set when the checkout lacks the history, so that commits may be missing. */
  readonly shallow: boolean;
}

/** Reads the commits since `previous` from the checkout; where there is none, from what was pushed. */
export async function localCommits(
  { sha, workspace, repository }: Run,
  previous: string | undefined,
  pushed: readonly PushedCommit[],
  processes: Processes,
  signal: AbortSignal,
): Promise<LocalCommits> {
  const git = (argv: readonly string[]): ReturnType<Processes["run"]> =>
    processes.run(argv, { cwd: workspace, signal });
  const named = (one: RawCommit): SentryCommit => sentryCommit(one, repository);
  if (workspace === "" || !(await isCheckout(git, sha))) {
    const commits = pushed.toReversed().map(named);
    return {
      commits,
      source: "the push, because there is no checkout that git can read",
      shallow: false,
    };
  }
  const known = previous !== undefined && (await git(hasCommit(previous))).code === 0;
  const log = await git(known ? logCommits(sha, most, previous) : logCommits(sha, usual));
  const shallow = !known && (await git(isShallow())).stdout.trim() === "true";
  const source = known ? `the checkout, since ${previous.slice(0, 7)}` : "the checkout";
  const commits = log.code === 0 ? parseCommits(log.stdout).map(named) : [];
  return { commits, source, shallow };
}

async function isCheckout(
  git: (argv: readonly string[]) => ReturnType<Processes["run"]>,
  sha: string,
): Promise<boolean> {
  try {
    return (await git(hasCommit(sha))).code === 0;
  } catch {
    return false;
  }
}

type RawCommit = Omit<PushedCommit, "sha"> & { readonly sha: string };

/** Within Sentry's limits; what it would refuse the whole list for is left out. */
function sentryCommit(
  { sha, message, author, email, timestamp }: RawCommit,
  repository: string,
): SentryCommit {
  const name = oneLine(author, 120);
  const isTime = !Number.isNaN(Date.parse(timestamp));
  return {
    id: sha,
    message: message.slice(0, 4000).toWellFormed(),
    ...(repository !== "" && repository.length <= 64 && { repository }),
    ...(name !== "" && { author_name: name }),
    ...(/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(email) &&
      email.length <= 75 && { author_email: email }),
    ...(isTime && { timestamp }),
  };
}
