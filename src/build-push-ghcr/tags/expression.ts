import { formatDate } from "./date-format.js";

/** What the expressions of tags, labels and annotations are about. */
export interface TagFacts {
  /** Such as `refs/heads/main`. */
  readonly ref: string;
  readonly sha: string;
  readonly eventName: string;
  readonly defaultBranch: string;
  /** The branch that a pull request goes to, or that a git tag was made from. */
  readonly baseRef: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The same of the commit; undefined where nobody knows. */
  readonly committedAt: number | undefined;
}

type Values = Readonly<Record<string, string>>;

const expression =
  /\{\{\{?\s*([A-Za-z_]+)(?:\s+(?:'([^']*)'|"([^"]*)"))?(?:\s+tz\s*=\s*(?:'([^']*)'|"([^"]*)"))?\s*\}\}\}?/g;

/** `text` with its `{{…}}` replaced by `values`. Throws a `RangeError` that says which nobody knows. */
export function fill(text: string, values: Values): string {
  const filled = text.replace(expression, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw unknown(whole);
    return value;
  });
  if (text.replace(expression, "").includes("{{")) throw unknown(text);
  return filled;
}

/** The same with what every rule knows: branch, tag, sha, base_ref, dates, whether it is the default branch. */
export function fillGlobal(text: string, facts: TagFacts): string {
  const values = globals(facts);
  const dated = text.replace(
    expression,
    (whole, name: string, a?: string, b?: string, c?: string, d?: string) => {
      if (name !== "date" && name !== "commit_date") return whole;
      const format = a ?? b;
      if (format === undefined) throw new RangeError(`\`${whole}\` names no format`);
      return formatDate(momentOf(name, facts), format, c ?? d ?? "UTC");
    },
  );
  return fill(dated, values);
}

function momentOf(name: "date" | "commit_date", { now, committedAt }: TagFacts): number {
  if (name === "date") return now;
  if (committedAt === undefined)
    throw new RangeError("nobody knows the commit's time: check the repository out before");
  return committedAt;
}

function globals(facts: TagFacts): Values {
  const isDefault = isDefaultBranch(facts);
  return {
    branch: branchOf(facts) ?? "",
    tag: gitTagOf(facts) ?? "",
    sha: facts.sha.slice(0, 7),
    base_ref: facts.baseRef,
    is_default_branch: String(isDefault),
    is_not_default_branch: String(!isDefault),
  };
}

export function branchOf({ ref }: TagFacts): string | undefined {
  return /^refs\/heads\/(.+)$/.exec(ref)?.[1];
}

export function gitTagOf({ ref }: TagFacts): string | undefined {
  return /^refs\/tags\/(.+)$/.exec(ref)?.[1];
}

/** Some events are always about the last commit of the default branch. */
function isDefaultBranch(facts: TagFacts): boolean {
  const branch = facts.ref.replace(/^refs\/heads\//, "");
  if (branch === "") return false;
  return (
    branch === facts.defaultBranch || /create|discussion|issues|schedule/.test(facts.eventName)
  );
}

function unknown(text: string): RangeError {
  return new RangeError(`\`${text}\` is no expression that a tag can hold here`);
}
