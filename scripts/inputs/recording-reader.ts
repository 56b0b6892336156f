import {
  InputReader,
  type NumberOptions,
  partOf,
  prefixed,
  type RawInput,
  type TextOptions,
} from "../../src/kit/inputs.js";

/** What a parser asked for. */
export interface Reading {
  /** Every input that it read. */
  readonly names: Set<string>;
  /** The defaults that it gives, as a user would write them. */
  readonly defaults: Map<string, string>;
  /** The values that it accepts, of inputs that are a choice. */
  readonly choices: Map<string, readonly string[]>;
}

/** An `InputReader` that writes down what it is asked for, and never refuses anything. */
export class RecordingReader extends InputReader {
  readonly #raw: RawInput;
  readonly #prefix: string;
  readonly #reading: Reading;

  constructor(raw: RawInput, reading: Reading, prefix = "") {
    super(recorded(raw, reading), () => undefined, prefix);
    this.#raw = raw;
    this.#prefix = prefix;
    this.#reading = reading;
  }

  override under(prefix: string): InputReader {
    return new RecordingReader(this.#raw, this.#reading, this.#prefix + prefix);
  }

  override part(prefix: string, given: Readonly<Record<string, string>>): InputReader {
    const raw = partOf(recorded(this.#raw, this.#reading), prefix, given);
    const unrecorded: Reading = { ...this.#reading, names: new Set() };
    return new RecordingReader(raw, unrecorded, prefix);
  }

  override text(name: string, options?: TextOptions): string {
    this.#note(name, options?.default);
    return super.text(name, options);
  }

  override integer(name: string, options: NumberOptions & { readonly default: number }): number {
    this.#note(name, options.default);
    return super.integer(name, options);
  }

  override number(name: string, options?: NumberOptions): number | undefined {
    this.#note(name, options?.default);
    return super.number(name, options);
  }

  override duration(
    name: string,
    options: { readonly default: string; readonly min?: string; readonly max?: string },
  ): number {
    this.#note(name, options.default);
    return super.duration(name, options);
  }

  override size(name: string, options?: { readonly default?: string }): number | undefined {
    this.#note(name, options?.default);
    return super.size(name, options);
  }

  override boolean(name: string, fallback: boolean): boolean {
    this.#note(name, fallback);
    return super.boolean(name, fallback);
  }

  override choice<T extends string>(name: string, values: readonly T[], fallback: T): T {
    this.#note(name, fallback);
    const { choices } = this.#reading;
    const whole = prefixed(this.#prefix, name);
    choices.set(whole, [...new Set([...(choices.get(whole) ?? []), ...values])]);
    return super.choice(name, values, fallback);
  }

  override finish(): void {
    // A parser must come to its end, whatever it was given.
  }

  #note(name: string, value: string | number | boolean | undefined): void {
    if (value !== undefined)
      this.#reading.defaults.set(prefixed(this.#prefix, name), String(value));
  }
}

function recorded(raw: RawInput, { names }: Reading): RawInput {
  return (name) => {
    names.add(name);
    return raw(name);
  };
}
