import { fieldsOf, pairOf } from "./fields.js";

/** One line of `tags`, with the defaults of its type filled in. */
export type TagRule = RuleBase &
  (
    | { readonly type: "schedule" | "raw"; readonly value: string }
    | {
        readonly type: "semver" | "pep440";
        readonly pattern: string;
        readonly value: string;
        readonly match: string;
      }
    | {
        readonly type: "match";
        readonly pattern: string;
        readonly group: number;
        readonly value: string;
      }
    | { readonly type: "edge"; readonly branch: string }
    | { readonly type: "ref"; readonly event: RefEvent }
    | { readonly type: "sha"; readonly format: "short" | "long" }
  );

type RefEvent = "branch" | "tag" | "pr";

interface RuleBase {
  /** Higher ones come first; the first tag is the version of the image. */
  readonly priority: number;
  /** Undefined: that of the flavor. */
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
  /** An expression that becomes `true` or `false`. */
  readonly enable: string;
}

const priorities = {
  schedule: 1000,
  semver: 900,
  pep440: 900,
  match: 800,
  edge: 700,
  ref: 600,
  raw: 200,
  sha: 100,
} as const;

type RuleType = keyof typeof priorities;

const always = ["type", "enable", "priority", "prefix", "suffix"];
const attributes: Readonly<Record<RuleType, readonly string[]>> = {
  schedule: ["pattern"],
  semver: ["pattern", "value", "match"],
  pep440: ["pattern", "value", "match"],
  match: ["pattern", "group", "value"],
  edge: ["branch"],
  ref: ["event"],
  raw: ["value"],
  sha: ["format"],
};

/** Reads one line; a text says what is wrong with it. A line without `type=` is a raw value. */
export function parseRule(line: string): TagRule | string {
  const fields = fieldsOf(line);
  if (fields === undefined) return "a double quote is not closed, or something follows it";
  const given = new Map(fields.map((field) => pairOf(field) ?? (["value", field] as const)));
  const type = given.get("type") ?? "raw";
  if (!isType(type)) return `the type \`${type}\` is not one of ${types.join(", ")}`;
  const known = [...always, ...attributes[type]];
  const unknown = [...given.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined)
    return `type=${type} takes no \`${unknown}\`; it takes ${known.join(", ")}`;
  return ruleOf(type, given);
}

const types = Object.keys(priorities);

function isType(text: string): text is RuleType {
  return types.includes(text);
}

function ruleOf(type: RuleType, given: ReadonlyMap<string, string>): TagRule | string {
  const base = baseOf(type, given);
  if (typeof base === "string") return base;
  const [value = "", pattern, match = ""] = ["value", "pattern", "match"].map((name) =>
    given.get(name),
  );
  switch (type) {
    case "schedule":
      return { ...base, type, value: pattern ?? "nightly" };
    case "semver":
    case "pep440":
      return pattern ? { ...base, type, pattern, value, match } : missing(type, "pattern");
    case "match":
      return pattern ? matchRule(base, pattern, given) : missing(type, "pattern");
    case "edge":
      return { ...base, type, branch: given.get("branch") ?? "" };
    case "ref":
      return refRule(base, given.get("event"));
    case "raw":
      return given.has("value") ? { ...base, type, value } : missing(type, "value");
    case "sha":
      return shaRule(base, given.get("format") ?? "short");
  }
}

function baseOf(type: RuleType, given: ReadonlyMap<string, string>): RuleBase | string {
  const priority = given.get("priority") ?? String(priorities[type]);
  if (!/^-?\d{1,9}$/.test(priority)) return "`priority` is no whole number";
  return {
    priority: Number(priority),
    prefix: given.get("prefix"),
    suffix: given.get("suffix"),
    enable: given.get("enable") ?? "true",
  };
}

function matchRule(
  base: RuleBase,
  pattern: string,
  given: ReadonlyMap<string, string>,
): TagRule | string {
  const group = given.get("group") ?? "0";
  if (!/^\d{1,3}$/.test(group)) return "`group` is no number of a group";
  if (patternOf(pattern) === undefined) return "`pattern` is no regular expression";
  return {
    ...base,
    type: "match",
    pattern,
    group: Number(group),
    value: given.get("value") ?? "",
  };
}

/** A plain regular expression, or one as `/…/flags`; undefined when it is none. */
export function patternOf(text: string): RegExp | undefined {
  const [, body = text, flags = ""] = /^\/(.+)\/(.*)$/.exec(text) ?? [];
  try {
    return new RegExp(body, flags);
  } catch {
    return undefined;
  }
}

function refRule(base: RuleBase, event: string | undefined): TagRule | string {
  if (event === "pr") return { ...base, type: "ref", event, prefix: base.prefix ?? "pr-" };
  if (event === "branch" || event === "tag") return { ...base, type: "ref", event };
  return event === undefined ? missing("ref", "event") : "`event` is not one of branch, tag, pr";
}

function shaRule(base: RuleBase, format: string): TagRule | string {
  if (format !== "short" && format !== "long") return "`format` is not one of short, long";
  return { ...base, type: "sha", format, prefix: base.prefix ?? "sha-" };
}

function missing(type: string, name: string): string {
  return `type=${type} needs \`${name}\``;
}
