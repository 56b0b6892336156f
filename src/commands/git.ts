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

/** Prints the commit as it is stored, with a line `parent SHA` for each parent, also in a shallow checkout. */
export function commitParents(commit: string): readonly string[] {
  return [...git, "cat-file", "-p", `${commit}^{commit}`];
}

/** Fetches one commit and nothing of its history; no ref changes. */
export function fetchCommit(commit: string): readonly string[] {
  const options = ["--depth=1", "--no-tags", "--no-write-fetch-head", "--quiet"];
  return [...git, "fetch", ...options, "origin", commit];
}

/** Prints which lines of the files in the checkout are not in `base`, without lines around them. */
export function diffLines(base: string): readonly string[] {
  const form = ["--unified=0", "--no-color", "--no-ext-diff", "--no-renames"];
  const names = ["--src-prefix=a/", "--dst-prefix=b/"];
  return [...git, "-c", "core.quotePath=false", "diff", ...form, ...names, base, "--"];
}

/** Prints the names of the files below `folder` in `commit`, each with a NUL at its end. */
export function filesAt(commit: string, folder: string): readonly string[] {
  return [...git, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", folder];
}

/** Prints a file as it is in `commit`; `path` is from the root of the repository. */
export function fileAt(commit: string, path: string): readonly string[] {
  return [...git, "cat-file", "blob", `${commit}:${path}`];
}

/** Prints, separated by NUL, the files of the working folder that match and that differ from those of `base`. */
export function editedFiles(base: string, pattern: string): readonly string[] {
  const form = ["--name-only", "-z", "--diff-filter=M", "--no-renames", "--relative"];
  return [...git, "diff", ...form, base, "--", pattern];
}

/** Reads the files of a commit into the index, which is the one of GIT_INDEX_FILE. */
export function readTree(commit: string): readonly string[] {
  return [...git, "read-tree", commit];
}

/** Writes all files of the index into a folder. */
export function checkoutIndex(folder: string): readonly string[] {
  return [...git, "checkout-index", "--all", "--force", `--prefix=${folder}/`];
}

/** Prints when `commit` was made, as seconds since the epoch. */
export function commitTime(commit: string): readonly string[] {
  return [...git, "show", "--no-patch", "--format=%ct", "--end-of-options", commit];
}

/** Succeeds when `ancestor` is in the history of `descendant`, or the same. */
export function isAncestor(ancestor: string, descendant: string): readonly string[] {
  return [...git, "merge-base", "--is-ancestor", ancestor, descendant];
}
