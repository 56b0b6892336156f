import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Clock } from "../ports/clock.js";

type Write = (bytes: Uint8Array) => Promise<void>;

/** How much goes plain while the line is measured. */
export const measuredBytes = 1024 * 1024;

/** A line slower than this gains from compression. */
const slowBytesPerMs = 30_000;

/** Fast enough not to be the slower part itself. */
const gzipLevel = 3;

/**
 * Writes `tar` in the coding `switch` of docs/protocol.md: its first MiB as it is, then one line that names the
 * coding of the rest, `gzip` when the first MiB went slower than 30 MB/s, else `plain`.
 */
export async function sendTar(
  tar: Iterable<Uint8Array>,
  write: Write,
  clock: Pick<Clock, "monotonic">,
): Promise<void> {
  const source = tar[Symbol.iterator]();
  let writingMs = 0;
  const left = await sendFirst(source, async (bytes) => {
    const started = clock.monotonic();
    await write(bytes);
    // Reading the files is not the line's doing.
    writingMs += clock.monotonic() - started;
  });
  if (left === undefined) return;
  const slow = measuredBytes / Math.max(writingMs, 0.001) < slowBytesPerMs;
  await write(Buffer.from(slow ? "gzip\n" : "plain\n"));
  const rest = restOf(left, source);
  if (slow) await sendCompressed(rest, write);
  else await sendAll(rest, write);
}

async function sendCompressed(chunks: Iterable<Uint8Array>, write: Write): Promise<void> {
  const gzip = createGzip({ level: gzipLevel });
  await pipeline(Readable.from(chunks), gzip, (coded: AsyncIterable<Uint8Array>) =>
    sendAll(coded, write),
  );
}

/** Sends the first MiB; returns what was read beyond it, undefined when the archive is no longer than that. */
async function sendFirst(
  source: Iterator<Uint8Array>,
  write: Write,
): Promise<Uint8Array | undefined> {
  let sent = 0;
  for (let next = source.next(); next.done !== true; next = source.next()) {
    const head = next.value.subarray(0, measuredBytes - sent);
    await write(head);
    sent += head.length;
    if (sent === measuredBytes) return next.value.subarray(head.length);
  }
  return undefined;
}

function* restOf(left: Uint8Array, source: Iterator<Uint8Array>): Generator<Uint8Array> {
  if (left.length > 0) yield left;
  for (let next = source.next(); next.done !== true; next = source.next()) yield next.value;
}

async function sendAll(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  write: Write,
): Promise<void> {
  for await (const chunk of chunks) await write(chunk);
}
