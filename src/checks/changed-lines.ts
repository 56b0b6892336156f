import { commitParents, diffLines, fetchCommit, hasCommit } from "../commands/git.js";
import { memberAt, textAt } from "../kit/json.js";
import type { Children } from "../ports/children.js";
import type { ChangedLines } from "./changed-coverage.js";

/** A diff that is longer says nothing that people would read. */
const mostDiff = 32 << 20;

/** What a change is compared with, or why nobody knows. */
export type Base = { readonly commit: string } | { readonly unknown: string };

interface Checkout {
  readonly children: Children;
  readonly workspace: string;
  readonly signal: AbortSignal;
}

/**
 * The commit that the checked-out state is compared with: of a pull request the branch it goes to, as GitHub
 * merged it; of a push what was there before. Fetched by itself where the checkout is shallow.
 */
export async function findBase(event: unknown, checkout: Checkout): Promise<Base> {
  const isPullRequest = memberAt(event, "pull_request") !== undefined;
  const wanted = isPullRequest
    ? ((await mergedInto(checkout)) ?? textAt(event, "pull_request", "base", "sha"))
    : textAt(event, "before");
  if (wanted === "" || /^0+$/.test(wanted))
    return { unknown: "the event names no earlier state to compare with" };
  if (!/^[0-9a-f]{40,64}$/.test(wanted)) return { unknown: "the event names no commit" };
  if (await has(wanted, checkout)) return { commit: wanted };
  await git(fetchCommit(wanted), checkout);
  if (await has(wanted, checkout)) return { commit: wanted };
  const short = wanted.slice(0, 7);
  return { unknown: `the commit ${short} is not in the checkout and could not be fetched` };
}

/** The first parent of the merge commit that GitHub made; undefined when another commit is checked out. */
async function mergedInto(checkout: Checkout): Promise<string | undefined> {
  const { stdout } = await git(commitParents("HEAD"), checkout);
  const parents = [...stdout.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent]) => parent);
  return parents.length === 2 ? parents[0] : undefined;
}

/** The lines that the checked-out state has and `base` has not; undefined when git cannot tell. */
export async function changedLines(
  base: string,
  checkout: Checkout,
): Promise<ChangedLines | undefined> {
  const { code, stdout, isCut } = await git(diffLines(base), checkout);
  return code === 0 && !isCut ? parseDiff(stdout) : undefined;
}

/** Reads a diff without context lines. */
export function parseDiff(diff: string): ChangedLines {
  const files = new Map<string, Set<number>>();
  let lines: Set<number> | undefined;
  // Lines of the content begin with + or - too, so those of a hunk are counted and passed over.
  let left = 0;
  for (const line of diff.split("\n")) {
    if (left > 0 && /^[+-]/.test(line)) {
      left -= 1;
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null) {
      if (line.startsWith("+++ ")) lines = linesOf(line, files);
      continue;
    }
    const [removed, from, added] = [hunk[1] ?? 1, hunk[2], hunk[3] ?? 1].map(Number);
    left = (removed ?? 0) + (added ?? 0);
    for (let at = 0; at < (added ?? 0); at += 1) lines?.add((from ?? 0) + at);
  }
  return files;
}

function linesOf(line: string, files: Map<string, Set<number>>): Set<number> | undefined {
  // A name with a tab or blanks ends with a tab; one with other characters stands quoted and is left out.
  const name = /^\+\+\+ b\/(.*?)\t?$/.exec(line)?.[1];
  if (name === undefined) return undefined;
  const lines = files.get(name) ?? new Set<number>();
  files.set(name, lines);
  return lines;
}

async function has(commit: string, checkout: Checkout): Promise<boolean> {
  return (await git(hasCommit(commit), checkout)).code === 0;
}

function git(
  argv: readonly string[],
  { children, workspace, signal }: Checkout,
): ReturnType<Children["run"]> {
  // Where no token is stored git must fail, not ask.
  const env = { GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };
  return children.run({ argv, cwd: workspace, env, keepStdout: mostDiff, signal });
}
