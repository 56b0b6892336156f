import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip, createZstdCompress } from "node:zlib";
import type { Clock } from "../ports/clock.js";

type Write = (bytes: Uint8Array) => Promise<void>;

/** How much goes plain while the line is measured. */
export const measuredBytes = 1024 * 1024;

/** Up to this size compressing costs less than a connection gains by it, however fast that is. */
export const smallBytes = 32 * 1024 * 1024;

/** A line slower than this gains from what a coder takes in with ease, in bytes for each ms. */
const slowBytesPerMs = { gzip: 30_000, zstd: 100_000 } as const;

/** Fast enough not to be the slower part itself. */
const gzipLevel = 3;

/** The fastest level that still finds most of what repeats. */
const zstdLevel = 1;

/** A coder is full with any chunk, and asks for the next one when it has done with that: it comes in the same memory. */
const oneAtATime = { writableHighWaterMark: 1, readableHighWaterMark: measuredBytes };

/** How a tar is sent. */
export interface TarCoding {
  /** As docs/protocol.md has it. */
  readonly name: "zstd" | "switch";
  /** What the rest is coded in when the line is slow. */
  readonly slow: "zstd" | "gzip";
}

/** For a tar of so many bytes, to a server that has zstd or not. */
export function codingFor(bytes: number, hasZstd: boolean): TarCoding {
  const name = hasZstd && bytes <= smallBytes ? "zstd" : "switch";
  return { name, slow: hasZstd ? "zstd" : "gzip" };
}

/**
 * Writes `tar`, each chunk of which holds until the next is asked for, in that coding. `switch` sends the first MiB as it is, then one line that names the coding of the rest:
 * `slow` when the first MiB took longer than that coder would, else `plain`.
 */
export async function sendTar(
  tar: Iterable<Uint8Array>,
  { name, slow }: TarCoding,
  write: Write,
  clock: Pick<Clock, "monotonic">,
): Promise<void> {
  if (name === "zstd") {
    await sendCompressed(tar, zstd(), write);
    return;
  }
  const source = tar[Symbol.iterator]();
  let writingMs = 0;
  const left = await sendFirst(source, async (bytes) => {
    const started = clock.monotonic();
    await write(bytes);
    // Reading the files is not the line's doing.
    writingMs += clock.monotonic() - started;
  });
  if (left === undefined) return;
  const isSlow = measuredBytes / Math.max(writingMs, 0.001) < slowBytesPerMs[slow];
  await write(Buffer.from(`${isSlow ? slow : "plain"}\n`));
  const rest = restOf(left, source);
  if (isSlow) await sendCompressed(rest, slow === "zstd" ? zstd() : gzip(), write);
  else await sendAll(rest, write);
}

function gzip(): Duplex {
  return createGzip({ level: gzipLevel, ...oneAtATime });
}

function zstd(): Duplex {
  const params = { [constants.ZSTD_c_compressionLevel]: zstdLevel };
  return createZstdCompress({ params, ...oneAtATime });
}

async function sendCompressed(
  chunks: Iterable<Uint8Array>,
  coder: Duplex,
  write: Write,
): Promise<void> {
  await pipeline(chunks, coder, (coded: AsyncIterable<Uint8Array>) => sendAll(coded, write));
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
