import { itemsOf, memberAt, parseJson, textAt } from "./json.js";

/** What another action says it did, as far as it can be read: written by somebody else, it may lack anything. */
export interface ReadReport {
  readonly action: string;
  readonly status: string;
  readonly title: string;
  readonly startedAt: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly error: { readonly message: string; readonly remedy: string } | undefined;
}

/** A job of `needs`, with the reports that its outputs carry. */
export interface NeededJob {
  readonly name: string;
  /** `success`, `failure`, `cancelled` or `skipped`. */
  readonly result: string;
  readonly reports: readonly ReadReport[];
}

/** What was read, and one line for each thing that could not be. */
export interface Reading<T> {
  readonly found: readonly T[];
  readonly problems: readonly string[];
}

/** Reads `toJSON(needs)`. Undefined when it is none. */
export function readNeeds(text: string): Reading<NeededJob> | undefined {
  const needs = parseJson(text);
  if (typeof needs !== "object" || needs === null || Array.isArray(needs)) return undefined;
  const problems: string[] = [];
  const found = Object.entries(needs).map(([name, job]): NeededJob => {
    const read = readOutputs(memberAt(job, "outputs"), `the outputs of job ${name}`);
    problems.push(...read.problems);
    return { name, result: textAt(job, "result"), reports: read.found };
  });
  return { found, problems };
}

/** Reads reports: one, a list, one a line, or `toJSON(steps)` with the reports in its outputs. */
export function readReports(text: string): Reading<ReadReport> {
  const whole = parseJson(text);
  if (whole !== undefined) return reportsIn(whole, "the text");
  const lines = text.split("\n").map((line, index) => ({ line: line.trim(), number: index + 1 }));
  return joined(
    lines
      .filter(({ line }) => line !== "")
      .map(({ line, number }) => reportOrProblem(line, `line ${number}`)),
  );
}

function reportsIn(value: unknown, place: string): Reading<ReadReport> {
  const report = asReport(value);
  if (report !== undefined) return { found: [report], problems: [] };
  if (Array.isArray(value))
    return joined(
      itemsOf(value).map((item, index) => reportsIn(item, `item ${String(index + 1)}`)),
    );
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const steps = members.filter(([, step]) => memberAt(step, "outputs") !== undefined);
  if (steps.length === 0) return { found: [], problems: [`${place} is no report of Belay`] };
  return joined(
    steps.map(([name, step]) => readOutputs(memberAt(step, "outputs"), `the outputs of ${name}`)),
  );
}

/** The reports among outputs, whatever they are called; only one that is called so must be one. */
function readOutputs(outputs: unknown, place: string): Reading<ReadReport> {
  const entries = typeof outputs === "object" && outputs !== null ? Object.entries(outputs) : [];
  return joined(
    entries.map(([name, value]) => {
      const isReport = /(?:^|[-_])report$/.test(name);
      const text = typeof value === "string" ? value : "";
      if (text === "") return { found: [], problems: [] };
      const read = reportOrProblem(text, `\`${name}\` in ${place}`);
      return isReport ? read : { found: read.found, problems: [] };
    }),
  );
}

function reportOrProblem(text: string, place: string): Reading<ReadReport> {
  const value = parseJson(text);
  if (value === undefined) return { found: [], problems: [`${place} is not JSON`] };
  const report = asReport(value);
  return report === undefined
    ? { found: [], problems: [`${place} is no report of Belay`] }
    : { found: [report], problems: [] };
}

function asReport(value: unknown): ReadReport | undefined {
  const [action, status] = [textAt(value, "action"), textAt(value, "status")];
  if (memberAt(value, "version") !== 1 || action === "" || status === "") return undefined;
  const message = textAt(value, "error", "message");
  const facts = itemsOf(memberAt(value, "facts")).map((fact) => ({
    name: textAt(fact, "name"),
    value: textAt(fact, "value"),
  }));
  return {
    action,
    status,
    title: textAt(value, "title"),
    startedAt: textAt(value, "startedAt"),
    facts: facts.filter(({ name, value: text }) => name !== "" && text !== ""),
    error: message === "" ? undefined : { message, remedy: textAt(value, "error", "remedy") },
  };
}

function joined<T>(readings: readonly Reading<T>[]): Reading<T> {
  return {
    found: readings.flatMap(({ found }) => found),
    problems: readings.flatMap(({ problems }) => problems),
  };
}
