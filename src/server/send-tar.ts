import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip, createZstdCompress } from "node:zlib";
import type { Clock } from "../ports/clock.js";

type Write = (bytes: Uint8Array) => Promise<void>;

/** How much goes plain while the line is measured. */
export const measuredBytes = 1024 * 1024;

/** A line slower than this gains from compression. */
const slowBytesPerMs = 30_000;

/** Fast enough not to be the slower part itself. */
const gzipLevel = 3;

/** The fastest level that still finds most of what repeats: several times as fast as a connection takes bytes. */
const zstdLevel = 1;

/** Blocks of this size are written: a small one costs as much as a large one. */
const zstdBlockBytes = 256 * 1024;

/** `zstd`: all of it; `switch`: as docs/protocol.md has it, for a server without zstd. */
export type TarCoding = "zstd" | "switch";

/** Writes `tar` in that coding. */
export async function sendTar(
  tar: Iterable<Uint8Array>,
  coding: TarCoding,
  write: Write,
  clock: Pick<Clock, "monotonic">,
): Promise<void> {
  if (coding === "switch") await sendSwitching(tar, write, clock);
  else await sendCompressed(tar, zstd(), write);
}

/** The first MiB as it is, then one line that names the coding of the rest: `gzip` when it went slower than 30 MB/s. */
async function sendSwitching(
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
  if (slow) await sendCompressed(rest, createGzip({ level: gzipLevel }), write);
  else await sendAll(rest, write);
}

function zstd(): Duplex {
  const params = { [constants.ZSTD_c_compressionLevel]: zstdLevel };
  return createZstdCompress({ chunkSize: zstdBlockBytes, params });
}

async function sendCompressed(
  chunks: Iterable<Uint8Array>,
  coder: Duplex,
  write: Write,
): Promise<void> {
  await pipeline(Readable.from(chunks), coder, (coded: AsyncIterable<Uint8Array>) =>
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
