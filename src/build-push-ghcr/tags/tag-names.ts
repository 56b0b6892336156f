import { branchOf, fill, fillGlobal, gitTagOf, type TagFacts } from "./expression.js";
import type { Flavor } from "./flavor.js";
import { patternOf, type TagRule } from "./rule.js";
import { parsePep440, parseSemver } from "./version.js";

/** `version` and `commit` always mean the same image; `moving` ones follow. */
export type TagKind = "version" | "commit" | "moving";

export interface TagName {
  readonly name: string;
  readonly kind: TagKind;
}

export interface TagNames {
  /** The one of the highest priority first; each name once. */
  readonly tags: readonly TagName[];
  /** Why rules came to nothing that one could have expected them to. */
  readonly warnings: readonly string[];
}

/** What one rule comes to. */
interface Found {
  readonly value: string;
  readonly kind?: TagKind;
  /** Whether `latest=auto` adds `latest`. */
  readonly latest?: boolean;
}

/** The tags that `rules` give for `facts`. Throws a `RangeError` for an expression that nobody knows. */
export function tagNames(rules: readonly TagRule[], flavor: Flavor, facts: TagFacts): TagNames {
  const warnings: string[] = [];
  const tags = new Map<string, TagKind>();
  let latest: boolean | undefined;
  for (const rule of rules.toSorted((a, b) => b.priority - a.priority)) {
    const found = isEnabled(rule, facts) ? apply(rule, facts) : undefined;
    if (typeof found === "string") warnings.push(found);
    if (found === undefined || typeof found === "string") continue;
    const name = validTag(dressed(found.value, rule, flavor, facts));
    if (name === "") continue;
    if (!tags.has(name)) tags.set(name, found.kind ?? kindOf(name));
    latest ??= flavor.latest === "auto" ? (found.latest ?? false) : flavor.latest === "true";
  }
  if (latest === true) addLatest(tags, flavor, facts);
  return { tags: [...tags].map(([name, kind]) => ({ name, kind })), warnings };
}

function addLatest(tags: Map<string, TagKind>, flavor: Flavor, facts: TagFacts): void {
  const prefix = flavor.prefixLatest ? flavor.prefix : "";
  const suffix = flavor.suffixLatest ? flavor.suffix : "";
  const name = validTag(fillGlobal(`${prefix}latest${suffix}`, facts));
  if (!tags.has(name)) tags.set(name, "moving");
}

function isEnabled({ enable }: TagRule, facts: TagFacts): boolean {
  const enabled = fillGlobal(enable, facts);
  if (enabled !== "true" && enabled !== "false")
    throw new RangeError(`\`enable=${enabled}\` is neither true nor false`);
  return enabled === "true";
}

function apply(rule: TagRule, facts: TagFacts): Found | string | undefined {
  switch (rule.type) {
    case "schedule":
      return facts.eventName === "schedule" ? { value: fillGlobal(rule.value, facts) } : undefined;
    case "semver":
    case "pep440":
      return applyVersion(rule, facts);
    case "match":
      return applyMatch(rule, facts);
    case "edge":
      return branchOf(facts) === (rule.branch || facts.defaultBranch)
        ? { value: "edge" }
        : undefined;
    case "ref":
      return applyRef(rule.event, facts);
    case "raw":
      return { value: fillGlobal(rule.value, facts) };
    case "sha":
      return facts.sha === ""
        ? undefined
        : { value: rule.format === "long" ? facts.sha : facts.sha.slice(0, 7), kind: "commit" };
  }
}

function applyRef(event: "branch" | "tag" | "pr", facts: TagFacts): Found | undefined {
  const value = {
    branch: branchOf(facts),
    tag: gitTagOf(facts),
    pr: /^refs\/pull\/(.+?)(?:\/merge)?$/.exec(facts.ref)?.[1],
  }[event];
  return value === undefined ? undefined : { value, latest: event === "tag" };
}

/** The text that a rule looks at: its own value, else the git tag. */
function subject({ value }: { readonly value: string }, facts: TagFacts): string | undefined {
  return value === "" ? gitTagOf(facts) : fillGlobal(value, facts);
}

function applyVersion(
  rule: Extract<TagRule, { readonly type: "semver" | "pep440" }>,
  facts: TagFacts,
): Found | string | undefined {
  const given = subject(rule, facts);
  if (given === undefined) return undefined;
  const matched = rule.match === "" ? given : patternOf(rule.match)?.exec(given)?.[1];
  const text = (matched ?? given).replaceAll("/", "-");
  const version = rule.type === "semver" ? parseSemver(text) : parsePep440(text);
  if (version === undefined)
    return `${text} is no version by ${rule.type}, so type=${rule.type} gives no tag`;
  const isRaw = /^\{\{\s*raw\s*\}\}$/.test(rule.pattern);
  // `1.2` must not come to mean a release candidate of it.
  if (version.prerelease !== "")
    return { value: isRaw ? version.raw : version.version, kind: "version" };
  const kind = /\{\{\s*(?:raw|version|patch)\s*\}\}/.test(rule.pattern) ? "version" : "moving";
  return { value: fill(rule.pattern, { ...version }), kind, latest: true };
}

function applyMatch(
  rule: Extract<TagRule, { readonly type: "match" }>,
  facts: TagFacts,
): Found | string | undefined {
  const given = subject(rule, facts);
  if (given === undefined) return undefined;
  const found = patternOf(rule.pattern)?.exec(given);
  if (found === undefined || found === null)
    return `${rule.pattern} does not match ${given}, so type=match gives no tag`;
  const value = found[rule.group];
  return value === undefined
    ? `${rule.pattern} has no group ${String(rule.group)} in ${given}, so type=match gives no tag`
    : { value, latest: true };
}

function dressed(value: string, rule: TagRule, flavor: Flavor, facts: TagFacts): string {
  if (value === "") return "";
  const [prefix, suffix] = [rule.prefix ?? flavor.prefix, rule.suffix ?? flavor.suffix];
  return `${fillGlobal(prefix, facts)}${value}${fillGlobal(suffix, facts)}`;
}

/** A tag as registries take it: letters, digits, `_`, `.`, `-`, at most 128, not beginning with `.` or `-`. */
export function validTag(text: string): string {
  return text
    .replace(/[^a-zA-Z0-9._-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 128);
}

/** A whole version is one wherever it comes from. */
function kindOf(name: string): TagKind {
  return parseSemver(name) === undefined ? "moving" : "version";
}
