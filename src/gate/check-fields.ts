import { inspect } from "node:util";
import { parseDuration } from "../kit/duration.js";
import { range } from "../kit/input-problem.js";
import { nearest } from "../kit/unknown-inputs.js";
import type { Limits, Place } from "./check.js";
import { readPattern } from "./pattern.js";
import type { Field } from "./yaml-items.js";

/** Takes what is wrong in a line of the YAML (from 1); nothing in it is secret. */
export type TellProblem = (line: number, what: string, remedy: string) => void;

export interface Wanted {
  /** As in "accepted: …". */
  readonly accepted: string;
  readonly example: string;
  /** The value is not shown. */
  readonly secret?: boolean;
}

/** The keys of one mapping, each read as what it shall be; what is wrong is told with its line. */
export class CheckFields {
  readonly #line: number;
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #read = new Set<string>();
  readonly #tell: TellProblem;

  constructor(line: number, fields: ReadonlyMap<string, Field>, tell: TellProblem) {
    this.#line = line;
    this.#fields = fields;
    this.#tell = tell;
  }

  /** The keys that are there. */
  get names(): readonly string[] {
    return [...this.#fields.keys()];
  }

  has(key: string): boolean {
    this.#read.add(key);
    return this.#fields.has(key);
  }

  /** The value as YAML knows it; undefined when the key is not there. */
  raw(key: string): unknown {
    this.#read.add(key);
    return this.#fields.get(key)?.value;
  }

  /** A scalar as text; undefined when it is not there or was refused. */
  text(key: string, wanted: Wanted): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (isPlain(value) && String(value) !== "") return String(value);
    this.problem(key, wanted);
    return undefined;
  }

  /** Text that `parse` makes something of, else `fallback`. */
  parsed<T>(key: string, fallback: T, wanted: Wanted, parse: (text: string) => T | undefined): T {
    const text = this.text(key, wanted);
    if (text === undefined) return fallback;
    const result = parse(text);
    if (result === undefined) this.problem(key, wanted);
    return result ?? fallback;
  }

  choice<T extends string>(key: string, values: readonly T[], fallback: T): T {
    const wanted = { accepted: `one of ${values.join(", ")}`, example: fallback };
    return this.parsed(key, fallback, wanted, (text) => values.find((one) => one === text));
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key);
    if (typeof value === "boolean") return value;
    if (value !== undefined)
      this.problem(key, { accepted: "true or false", example: String(fallback) });
    return fallback;
  }

  integer(key: string, fallback: number, min: number, max: number): number {
    const wanted = { accepted: `a whole number${range(min, max)}`, example: String(fallback) };
    return this.parsed(key, fallback, wanted, (text) => {
      const number = Number(text);
      return /^\d{1,9}$/.test(text) && number >= min && number <= max ? number : undefined;
    });
  }

  /** Milliseconds. */
  duration(key: string, fallback: number, min: string, max: string): number {
    const wanted = { accepted: `a duration in ms, s, m or h${range(min, max)}`, example: "5s" };
    return this.parsed(key, fallback, wanted, (text) => {
      const ms = parseDuration(text);
      const fits = ms !== undefined && ms >= least(min) && ms <= least(max);
      return fits ? ms : undefined;
    });
  }

  pattern(key: string): RegExp | undefined {
    const text = this.text(key, { accepted: "a regular expression", example: "ok|healthy" });
    if (text === undefined) return undefined;
    const pattern = readPattern(text);
    if (pattern instanceof RegExp) return pattern;
    this.tell(key, pattern.problem, "Write a simpler regular expression of JavaScript.");
    return undefined;
  }

  /** A container by its name, or `{ service, project }`. */
  place(key: string): Place | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (isName(value)) return { container: value };
    const { service, project, ...rest } = record(value);
    const known = Object.keys(rest).length === 0 && isName(service);
    if (known && (project === undefined || isName(project))) return { service, project };
    const accepted = "a container's name, or { service: …, project: … } of a compose project";
    this.problem(key, { accepted, example: "backend" });
    return undefined;
  }

  /** `{ warning, critical }`, at least one of them, or one number that is critical. */
  limits(key: string, measure: Measure): Limits | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const { warning, critical, ...rest } = isPlain(value) ? { critical: value } : record(value);
    if (Object.keys(rest).length === 0) return this.limitsOf(key, warning, critical, measure);
    this.problem(key, measure);
    return undefined;
  }

  /** The limits that two values make. */
  limitsOf(key: string, warning: unknown, critical: unknown, measure: Measure): Limits | undefined {
    const limits = { warning: bound(warning, measure), critical: bound(critical, measure) };
    const given = [warning, critical].filter((value) => value !== undefined).length;
    const read = [limits.warning, limits.critical].filter((value) => value !== undefined).length;
    if (given === 0 || read < given) {
      this.problem(key, measure);
      return undefined;
    }
    if (isWrongWayRound(limits, measure)) {
      const order = measure.downward === true ? "above" : "below";
      const what = `is the wrong way round: critical lies ${order} warning`;
      this.tell(key, what, "Swap the two.");
      return undefined;
    }
    return limits;
  }

  /** Tells that the value of `key` is not accepted. */
  problem(key: string, { accepted, example, secret }: Wanted): void {
    const value = this.#fields.get(key)?.value;
    const is = value === undefined ? "is missing" : `is ${secret === true ? "***" : shown(value)}`;
    const remedy = `Write for example \`${key}: ${example}\`.`;
    this.tell(key, `${is}; accepted: ${accepted}`, remedy);
  }

  /** Tells something about `key`, with its line. */
  tell(key: string, what: string, remedy: string): void {
    this.#tell(this.#fields.get(key)?.line ?? this.#line, `\`${key}\` ${what}`, remedy);
  }

  /** Tells of every key that nobody asked for, with the one that was probably meant. */
  refuseUnknown(whose: string): void {
    for (const name of this.names.filter((one) => !this.#read.has(one))) {
      const meant = nearest(name, [...this.#read]);
      const hint = meant === undefined ? "" : `: did you mean \`${meant}\`?`;
      const keys = [...this.#read].sort().join(", ");
      this.tell(name, `is no key of ${whose}${hint}`, `Keys are ${keys}.`);
    }
  }
}

/** How the numbers of a limit are written. */
export interface Measure extends Wanted {
  readonly parse: (text: string) => number | undefined;
  /** Less is worse. */
  readonly downward?: boolean;
}

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(value);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : { "": value };
}

function bound(value: unknown, { parse }: Measure): number | undefined {
  return isPlain(value) ? parse(String(value)) : undefined;
}

function isWrongWayRound({ warning, critical }: Limits, { downward }: Measure): boolean {
  if (warning === undefined || critical === undefined) return false;
  return downward === true ? critical > warning : critical < warning;
}

function least(text: string): number {
  return parseDuration(text) ?? 0;
}

function shown(value: unknown): string {
  const oneLine = { breakLength: Infinity, depth: 3 };
  const text = isPlain(value) ? JSON.stringify(value) : inspect(value, oneLine);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
