import { randomUUID } from "node:crypto";
import * as core from "@actions/core";
import type { Clock } from "../ports/clock.js";
import type { Annotation, Log } from "../ports/log.js";

/** The runner cuts what is longer, in the middle of a word and without a sign. */
const longestAnnotation = 4096;

/** The log of a step: lines with the time since its start, folds, annotations, and what programs print. */
export function openActionsLog(clock: Pick<Clock, "monotonic">): Log {
  return new ActionsLog(clock);
}

class ActionsLog implements Log {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #start: number;
  #inGroup = false;
  /** While a program prints: the word that makes the runner obey again. */
  #resume: string | undefined;
  #unfinished = "";

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    this.#start = clock.monotonic();
  }

  info(line: string): void {
    this.#endOutput();
    // A line that began with a command in user's text would be obeyed, so each gets the stamp.
    for (const one of line.split(/\r\n|\n|\r/)) core.info(disarm(`${this.#stamp()} ${one}`));
  }

  notice(message: string): void {
    this.#endOutput();
    core.notice(cut(message));
  }

  warning(message: string, annotation?: Annotation): void {
    this.#endOutput();
    core.warning(cut(message), propertiesOf(annotation));
  }

  error(message: string, annotation?: Annotation): void {
    this.#endOutput();
    core.error(cut(message), propertiesOf(annotation));
  }

  debug(message: string): void {
    this.#endOutput();
    core.debug(message);
  }

  startGroup(title: string): void {
    this.endGroup();
    core.startGroup(`${this.#stamp()} ${title}`);
    this.#inGroup = true;
  }

  endGroup(): void {
    this.#endOutput();
    if (this.#inGroup) core.endGroup();
    this.#inGroup = false;
  }

  output(text: string): void {
    if (text === "") return;
    this.#beginOutput();
    const whole = this.#unfinished + text;
    // A carriage return at the end may be the first half of a line end.
    const lines = whole.split(/\r\n|\n|\r(?!$)/);
    this.#unfinished = lines.pop() ?? "";
    if (lines.length > 0) core.info(lines.map((line) => `  ${line}`).join("\n"));
  }

  mask(secret: string): void {
    this.#endOutput();
    core.setSecret(secret);
  }

  #stamp(): string {
    const seconds = Math.floor((this.#clock.monotonic() - this.#start) / 1000);
    const two = (number: number): string => String(number).padStart(2, "0");
    return `[${two(Math.floor(seconds / 60))}:${two(seconds % 60)}]`;
  }

  #beginOutput(): void {
    if (this.#resume !== undefined) return;
    this.#resume = randomUUID();
    core.info(`::stop-commands::${this.#resume}`);
  }

  #endOutput(): void {
    if (this.#resume === undefined) return;
    const rest = this.#unfinished.replace(/\r$/, "");
    if (rest !== "") core.info(`  ${rest}`);
    core.info(`::${this.#resume}::`);
    this.#unfinished = "";
    this.#resume = undefined;
  }
}

/** The runner's old form of a command works anywhere in a line. */
function disarm(line: string): string {
  return line.replaceAll("##[", "# #[");
}

function propertiesOf({ place, title }: Annotation = {}): core.AnnotationProperties {
  return {
    ...(title !== undefined && { title }),
    ...(place && { file: place.file }),
    ...(place?.line !== undefined && { startLine: place.line }),
  };
}

function cut(message: string): string {
  return message.length <= longestAnnotation
    ? message
    : `${message.slice(0, longestAnnotation - 1)}…`;
}
