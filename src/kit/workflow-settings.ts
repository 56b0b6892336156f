import { itemsOf, memberAt, textAt } from "./json.js";

/** A variable or secret that a workflow names. */
export interface Setting {
  readonly kind: "variable" | "secret";
  readonly name: string;
  /** The input that takes it. */
  readonly input: string;
}

/** What a job of a workflow gives to an action. */
export interface JobSettings {
  /** The environment's name; empty where the job names none, or an expression does. */
  readonly environment: string;
  readonly namesEnvironment: boolean;
  /** Those that are empty in this run. */
  readonly missing: readonly Setting[];
}

const reference = /\$\{\{ *(vars|secrets)\.([A-Za-z_][A-Za-z0-9_]*) *\}\}/g;

/**
 * The settings that `job` hands to steps of Belay and that proved empty: an input whose value is what is left of
 * the workflow's text without them.
 */
export function missingSettings(
  workflow: unknown,
  job: string,
  value: (input: string) => string,
): JobSettings {
  const named = memberAt(workflow, "jobs", job, "environment");
  const environment = typeof named === "string" ? named : textAt(named, "name");
  const steps = itemsOf(memberAt(workflow, "jobs", job, "steps"));
  const missing = steps
    .filter((step) => /\/belay(?:\/|@)/.test(textAt(step, "uses")))
    .flatMap((step) => missingOf(memberAt(step, "with"), value));
  return {
    environment: environment.includes("${{") ? "" : environment,
    namesEnvironment: named !== undefined,
    missing: missing.filter(({ name }, at) => missing.findIndex((one) => one.name === name) === at),
  };
}

/** The workflows of the same repository that `workflow` calls. */
export function localCalls(workflow: unknown): readonly string[] {
  const jobs = memberAt(workflow, "jobs");
  if (typeof jobs !== "object" || jobs === null) return [];
  const uses = Object.values(jobs).map((job) => textAt(job, "uses"));
  return [...new Set(uses.filter((path) => path.startsWith("./")).map((path) => path.slice(2)))];
}

function missingOf(inputs: unknown, value: (input: string) => string): readonly Setting[] {
  if (typeof inputs !== "object" || inputs === null) return [];
  return Object.entries(inputs).flatMap(([input, text]) => {
    if (typeof text !== "string") return [];
    const left = text.replaceAll(reference, "");
    const isEmpty = left !== text && !left.includes("${{") && value(input) === left.trim();
    return isEmpty ? [...text.matchAll(reference)].map((match) => settingOf(match, input)) : [];
  });
}

function settingOf([, from, name = ""]: RegExpExecArray, input: string): Setting {
  return { kind: from === "vars" ? "variable" : "secret", name, input };
}
