import { formatSize } from "../kit/size.js";
import type { Log } from "../ports/log.js";

/** More of one check makes a log that no browser opens; its end is shown all the same. */
const mostBytes = 4 << 20;
const tailLength = 16 << 10;

/** What checks print: in a fold each when they run alone, each line with the check's name when side by side. */
export class Printer {
  readonly #log: Log;
  readonly #sideBySide: boolean;
  readonly #sinks = new Map<string, Sink>();

  constructor(log: Log, sideBySide: boolean) {
    this.#log = log;
    this.#sideBySide = sideBySide;
  }

  /** Where the output of the check goes until `end`. */
  begin(name: string): (text: string) => void {
    if (this.#sideBySide) this.#log.info(`${name}: started`);
    else this.#log.startGroup(name);
    const sink = new Sink((text) => this.#log.output(text), this.#sideBySide ? `${name} | ` : "");
    this.#sinks.set(name, sink);
    return (text) => sink.write(text);
  }

  end(name: string, line: string): void {
    this.#sinks.get(name)?.end();
    if (!this.#sideBySide) this.#log.endGroup();
    this.#log.info(`${name}: ${line}`);
  }
}

/** Whole lines only, so that those of two checks never mix; past its limit it keeps the end for last. */
class Sink {
  readonly #print: (text: string) => void;
  readonly #prefix: string;
  #unfinished = "";
  #printed = 0;
  #left = 0;
  #tail = "";

  constructor(print: (text: string) => void, prefix: string) {
    this.#print = print;
    this.#prefix = prefix;
  }

  write(text: string): void {
    if (this.#printed >= mostBytes) {
      this.#keep(text);
      return;
    }
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop() ?? "";
    // A line without end, such as a progress bar, must not grow without end either.
    if (this.#unfinished.length > tailLength) lines.push(this.#unfinished);
    if (this.#unfinished.length > tailLength) this.#unfinished = "";
    this.#lines(lines);
  }

  end(): void {
    if (this.#left > tailLength)
      this.#lines([`… ${formatSize(this.#left - this.#tail.length)} are left out here …`]);
    const rest = this.#unfinished + this.#tail;
    if (rest !== "") this.#lines(rest.replace(/\n$/, "").split("\n"));
    this.#unfinished = "";
    this.#tail = "";
  }

  #keep(text: string): void {
    this.#left += text.length;
    this.#tail = (this.#tail + text).slice(-tailLength);
  }

  #lines(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const text = lines.map((line) => `${this.#prefix}${line}\n`).join("");
    this.#printed += text.length;
    this.#print(text);
  }
}
