import type { Log } from "../../src/ports/log.js";

/** A log that keeps what it is told, one line an entry: `kind: text`. */
export class RecordingLog implements Log {
  readonly entries: string[] = [];
  readonly masked: string[] = [];

  info = (line: string): void => this.#keep("info", line);
  notice = (message: string): void => this.#keep("notice", message);
  warning = (message: string): void => this.#keep("warning", message);
  error = (message: string): void => this.#keep("error", message);
  debug = (message: string): void => this.#keep("debug", message);
  startGroup = (title: string): void => this.#keep("group", title);
  endGroup = (): void => this.#keep("end", "");
  output = (text: string): void => this.#keep("output", text.trimEnd());
  mask = (secret: string): void => void this.masked.push(secret);

  /** The texts of one kind, in order. */
  of(kind: string): readonly string[] {
    return this.entries
      .filter((entry) => entry.startsWith(`${kind}: `))
      .map((entry) => entry.slice(kind.length + 2));
  }

  #keep(kind: string, text: string): void {
    this.entries.push(`${kind}: ${text}`);
  }
}
