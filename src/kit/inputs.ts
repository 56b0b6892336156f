import { parseDuration } from "./duration.js";
import { type EnvVariable, type NamePattern, parseEnvLines } from "./env-lines.js";
import { BelayError } from "./errors.js";
import {
  emptySecret,
  envProblem,
  inputProblem,
  type InputProblem,
  range,
} from "./input-problem.js";
import { maskPart, maskSecret } from "./mask.js";
import { parseSize } from "./size.js";

/** The value of an input as the runner gives it, without white space around it; "" when absent. */
export type RawInput = (name: string) => string;

export interface TextOptions {
  readonly default?: string;
  readonly required?: boolean;
  readonly example?: string;
  readonly pattern?: RegExp;
  /** What `pattern` lets through, in words. */
  readonly accepted?: string;
}

export interface NumberOptions {
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  TRUE: true,
  false: false,
  False: false,
  FALSE: false,
};

/** Reads typed inputs and collects what is wrong with them; nothing throws before `finish`. */
export class InputReader {
  readonly #raw: RawInput;
  readonly #mask: (secret: string) => void;
  readonly #prefix: string;
  readonly #environment: string | undefined;
  #problems: BelayError[] = [];

  /** `prefix` goes before every name asked for; `environment` is the job's, where it is known. */
  constructor(raw: RawInput, mask: (secret: string) => void, prefix = "", environment?: string) {
    this.#raw = raw;
    this.#mask = mask;
    this.#prefix = prefix;
    this.#environment = environment;
  }

  /** A reader for the inputs that begin with `prefix`; its problems count here. */
  under(prefix: string): InputReader {
    const reader = new InputReader(this.#raw, this.#mask, this.#prefix + prefix, this.#environment);
    reader.#problems = this.#problems;
    return reader;
  }

  /**
   * A reader for another action's parser, whose problems come out of its own `finish`: its names begin with `prefix`
   * here, unless they do so already, and those of `given` are not the user's to give.
   */
  part(prefix: string, given: Readonly<Record<string, string>>): InputReader {
    return new InputReader(partOf(this.#raw, prefix, given), this.#mask, prefix, this.#environment);
  }

  /** Whether the input is there and not empty. */
  has(name: string): boolean {
    return this.#value(name) !== "";
  }

  /** One line of text. */
  text(name: string, options: TextOptions = {}): string {
    const value = this.#value(name);
    const fallback = options.default ?? "";
    if (value === "") {
      if (options.required === true) this.#missing(name, options);
      return fallback;
    }
    const accepted = options.accepted ?? "one line of text";
    const example = options.example ?? (fallback === "" ? "text" : fallback);
    const fits = !/[\r\n]/.test(value) && (options.pattern?.test(value) ?? true);
    if (fits) return value;
    this.problem(name, { accepted, example });
    return fallback;
  }

  /** Several lines, verbatim but for white space at the end. */
  block(name: string): string {
    return this.#value(name).trimEnd();
  }

  /** A secret, hidden from the log before anything else happens with it. */
  secret(name: string, options: { readonly required?: boolean } = {}): string {
    const value = this.#value(name);
    maskSecret(value, this.#mask);
    if (value === "" && options.required === true)
      this.#problems.push(emptySecret(prefixed(this.#prefix, name), this.#environment));
    return value;
  }

  /** Secret `K=V` lines, each value hidden by itself too. */
  env(name: string, names?: NamePattern): readonly EnvVariable[] {
    const { values, problems } = parseEnvLines(this.secret(name), names);
    for (const { value } of values) {
      maskPart(value, this.#mask);
      for (const line of value.split("\n")) maskPart(line.trim(), this.#mask);
    }
    for (const problem of problems)
      this.#problems.push(envProblem(prefixed(this.#prefix, name), problem));
    return values;
  }

  integer(name: string, options: NumberOptions & { readonly default: number }): number {
    return this.#number(name, /^-?\d{1,15}$/, "a whole number", options) ?? options.default;
  }

  number(name: string, options: NumberOptions = {}): number | undefined {
    return this.#number(name, /^-?\d{1,15}(\.\d{1,15})?$/, "a number", options);
  }

  /** Milliseconds. */
  duration(
    name: string,
    options: { readonly default: string; readonly min?: string; readonly max?: string },
  ): number {
    const fallback = parseDuration(options.default) ?? 0;
    const value = this.#value(name);
    if (value === "") return fallback;
    const given = parseDuration(value);
    const low = parseDuration(options.min ?? "") ?? 0;
    const high = parseDuration(options.max ?? "") ?? Infinity;
    if (given !== undefined && given >= low && given <= high) return given;
    const accepted = `a duration in ms, s, m or h${range(options.min, options.max)}`;
    this.problem(name, { accepted, example: options.default });
    return fallback;
  }

  /** Bytes. */
  size(name: string, options: { readonly default?: string } = {}): number | undefined {
    const value = this.#value(name) || (options.default ?? "");
    if (value === "") return undefined;
    const given = parseSize(value);
    if (given === undefined) {
      this.problem(name, {
        accepted: "a size in B, kB, MB, GB, KiB, MiB or GiB",
        example: options.default ?? "300MB",
      });
    }
    return given;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#value(name);
    if (value === "") return fallback;
    const given = Object.hasOwn(booleans, value) ? booleans[value] : undefined;
    if (given === undefined)
      this.problem(name, { accepted: "true or false", example: String(fallback) });
    return given ?? fallback;
  }

  choice<T extends string>(name: string, values: readonly T[], fallback: T): T {
    const value = this.#value(name);
    if (value === "") return fallback;
    const given = values.find((one) => one === value);
    if (given === undefined)
      this.problem(name, { accepted: `one of ${values.join(", ")}`, example: fallback });
    return given ?? fallback;
  }

  /** One item a line; blank lines and `#` comments are ignored. */
  lines(name: string): readonly string[] {
    const lines = this.#value(name)
      .split(/\r?\n/)
      .map((line) => line.trim());
    return lines.filter((line) => line !== "" && !line.startsWith("#"));
  }

  /** Notes that an input is not accepted, also for rules across several inputs. */
  problem(name: string, problem: InputProblem): void {
    const value = problem.given ?? this.#value(name);
    this.#problems.push(inputProblem(prefixed(this.#prefix, name), value, problem));
  }

  /** Notes something wrong inside of an input, such as in one of its lines; `what` holds no secret. */
  problemInside(name: string, what: string, remedy: string): void {
    const message = `\`${prefixed(this.#prefix, name)}\`, ${what}`;
    this.#problems.push(new BelayError("config", message, remedy));
  }

  /** Throws one `config` error with all problems, the further ones in its `also`; nothing when there is none. */
  finish(): void {
    const [first, ...also] = this.#problems;
    if (first !== undefined) throw new BelayError("config", first.message, first.remedy, { also });
  }

  #value(name: string): string {
    return this.#raw(prefixed(this.#prefix, name));
  }

  #missing(name: string, options: TextOptions): void {
    this.problem(name, {
      accepted: options.accepted ?? "it is required",
      example: options.example ?? "text",
    });
  }

  #number(
    name: string,
    pattern: RegExp,
    kind: string,
    { default: fallback, min, max }: NumberOptions,
  ): number | undefined {
    const value = this.#value(name);
    if (value === "") return fallback;
    const given = Number(value);
    if (pattern.test(value) && given >= (min ?? -Infinity) && given <= (max ?? Infinity))
      return given;
    this.problem(name, {
      accepted: `${kind}${range(min, max)}`,
      example: String(fallback ?? min ?? 1),
    });
    return fallback;
  }
}

/** `raw` for a part with `prefix`, of which some inputs are `given` by somebody else than the user. */
export function partOf(
  raw: RawInput,
  prefix: string,
  given: Readonly<Record<string, string>>,
): RawInput {
  return (name) => given[name.slice(prefix.length)] ?? raw(name);
}

/** `name` with `prefix` before it, once. */
export function prefixed(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name : prefix + name;
}
