import { BelayError } from "../kit/errors.js";

/** One record of an answer: a key and its decoded values. */
export interface AnswerRecord {
  readonly key: string;
  readonly values: readonly string[];
}

/** What an answer is made of, in order; output may come in pieces of any size. */
export type AnswerItem =
  | { readonly kind: "noise"; readonly text: string }
  | { readonly kind: "record"; readonly record: AnswerRecord }
  | { readonly kind: "output"; readonly bytes: Uint8Array };

const newline = 0x0a;
/** More than any record of ours is long: a stream without line ends must not fill the memory. */
const longestLine = 64 * 1024;

/**
 * Reads an answer as it arrives: noise of a login shell before the marker, then records and raw output.
 * What is left unfinished at the end of the stream is dropped: the call's exit code tells whether that matters.
 */
export async function* readAnswer(stream: AsyncIterable<Uint8Array>): AsyncGenerator<AnswerItem> {
  const reader = new AnswerReader();
  for await (const bytes of stream) yield* reader.read(bytes);
}

class AnswerReader {
  #marked = false;
  #line = Buffer.alloc(0);
  #frame = 0;

  *read(bytes: Uint8Array): Generator<AnswerItem> {
    let rest = bytes;
    while (rest.length > 0) {
      const taken = this.#frame > 0 ? Math.min(this.#frame, rest.length) : lineLength(rest);
      const piece = rest.subarray(0, taken);
      rest = rest.subarray(taken);
      if (this.#frame > 0) {
        this.#frame -= taken;
        yield { kind: "output", bytes: piece };
      } else {
        yield* this.#extendLine(piece);
      }
    }
  }

  *#extendLine(piece: Uint8Array): Generator<AnswerItem> {
    this.#line = Buffer.concat([this.#line, piece]);
    if (this.#line.at(-1) === newline) {
      const line = this.#line.subarray(0, -1).toString("utf8");
      this.#line = Buffer.alloc(0);
      yield* this.#take(line);
    } else if (this.#line.length > longestLine) {
      if (this.#marked) throw unreadable("a line without an end");
      this.#line = Buffer.alloc(0);
    }
  }

  *#take(line: string): Generator<AnswerItem> {
    if (!this.#marked) {
      this.#marked = isMarker(line);
      if (!this.#marked) yield { kind: "noise", text: line };
      return;
    }
    const record = parseRecord(line);
    if (record.key === "output") this.#frame = frameLength(record);
    else yield { kind: "record", record };
  }
}

function lineLength(bytes: Uint8Array): number {
  const end = bytes.indexOf(newline);
  return end < 0 ? bytes.length : end + 1;
}

/** A start-up file may have left its last line open before the marker. */
function isMarker(line: string): boolean {
  const version = /belay (\d+)$/.exec(line)?.[1];
  if (version !== "1" && line === `belay ${String(version)}`)
    throw unreadable(`version ${version} of the protocol`);
  return version === "1";
}

/** Reads one line: the key, then values after tabs, percent-encoded. */
export function parseRecord(line: string): AnswerRecord {
  const [key = "", ...values] = line.split("\t");
  return { key, values: values.map(decode) };
}

function decode(value: string): string {
  return value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function frameLength(record: AnswerRecord): number {
  const length = Number(record.values[0]);
  if (!Number.isSafeInteger(length) || length < 0)
    throw unreadable("an output record without a length");
  return length;
}

function unreadable(what: string): BelayError {
  return new BelayError(
    "config",
    `the server's side of Belay answered with ${what}, which this version cannot read`,
    "Use the same version of the action in all workflows that deploy to this path.",
  );
}
