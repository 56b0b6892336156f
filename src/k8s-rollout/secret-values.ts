import { Buffer } from "node:buffer";
import { maskPart } from "../kit/mask.js";
import { memberAt } from "../kit/json.js";
import { redactor } from "../kit/redact.js";
import type { KubeObject } from "./cluster/objects.js";

/** What must not show in a log: the values of all Secrets that were met. */
export class SecretValues {
  readonly #values = new Set<string>();
  readonly #names = new Set<string>();
  readonly #mask: (secret: string) => void;

  constructor(mask: (secret: string) => void) {
    this.#mask = mask;
  }

  /**
   * Takes names that everybody sees. A value that stands in one of them, such as a database called after the app, is
   * none that could be hidden: each line with that name would be unreadable.
   */
  spare(names: readonly string[]): void {
    for (const name of names) this.#names.add(name);
  }

  /** Takes the values of `object`, if it is a Secret, whole and line by line. */
  note(object: KubeObject | undefined): void {
    if (object?.kind !== "Secret") return;
    const encoded = Object.values(memberAt(object, "data") ?? {}).map(String);
    const texts = Object.values(memberAt(object, "stringData") ?? {}).map(String);
    const decoded = encoded.map((value) => Buffer.from(value, "base64").toString("utf8"));
    for (const value of [...encoded, ...decoded, ...texts])
      for (const line of value.split(/\r?\n/)) maskPart(line.trim(), (part) => this.#add(part));
  }

  /** Hides them in what programs have printed. */
  readonly redact = (text: string): string => redactor([...this.#values])(text);

  #add(value: string): void {
    if ([...this.#names].some((name) => name.includes(value))) return;
    if (!this.#values.has(value)) this.#mask(value);
    this.#values.add(value);
  }
}
