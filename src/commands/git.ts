/** One commit as the log prints it. */
export interface LoggedCommit {
  readonly sha: string;
  readonly author: string;
  readonly email: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly message: string;
}

/** In a container the checkout belongs to another user, and git would refuse to read it. */
const git = ["git", "-c", "safe.directory=*"] as const;

/** Prints the newest `count` commits that `to` has, and `from` has not where it is given. */
export function logCommits(to: string, count: number, from?: string): readonly string[] {
  const range = from === undefined ? [to] : [to, `^${from}`];
  return [
    ...git,
    "log",
    "-z",
    `--max-count=${count}`,
    "--format=%H%n%an%n%ae%n%aI%n%B",
    "--end-of-options",
    ...range,
    "--",
  ];
}

/** What `logCommits` printed, the newest first. */
export function parseCommits(output: string): readonly LoggedCommit[] {
  const records = output.split("\0").filter((record) => record.trim() !== "");
  return records.map((record) => {
    const [sha = "", author = "", email = "", timestamp = "", ...message] = record.split("\n");
    return { sha, author, email, timestamp, message: message.join("\n").trimEnd() };
  });
}

/** Prints `true` when the checkout has only the newest part of its history. */
export function isShallow(): readonly string[] {
  return [...git, "rev-parse", "--is-shallow-repository"];
}

/** Succeeds when `commit` is in the checkout. */
export function hasCommit(commit: string): readonly string[] {
  return [...git, "cat-file", "-e", `${commit}^{commit}`];
}

/** Prints when `commit` was made, as seconds since the epoch. */
export function commitTime(commit: string): readonly string[] {
  return [...git, "show", "--no-patch", "--format=%ct", "--end-of-options", commit];
}

/** Succeeds when `ancestor` is in the history of `descendant`, or the same. */
export function isAncestor(ancestor: string, descendant: string): readonly string[] {
  return [...git, "merge-base", "--is-ancestor", ancestor, descendant];
}
