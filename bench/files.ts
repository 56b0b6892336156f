import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createGzip } from "node:zlib";

const perFolder = 50;
const lineBytes = 200;

/** Writes `count` small files of 0.4 to 8 kB of text, 50 to a folder; the same ones each time. */
export async function writeSmallFiles(folder: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    if (at % perFolder === 0) await mkdir(join(folder, folderOf(at)), { recursive: true });
    await writeSmallFile(folder, at, "first");
  }
}

/** Gives `count` of these files, spread over all `of` them, another content. */
export async function changeSmallFiles(folder: string, count: number, of: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    await writeSmallFile(folder, Math.floor((at * of) / count), "changed");
  }
}

/** Writes one file of so many megabytes. */
export async function writeLargeFile(file: string, megabytes: number): Promise<void> {
  const stream = createWriteStream(file);
  const lines = Math.round((megabytes * 1e6) / lineBytes);
  for (let at = 0; at < lines; at += 5000) {
    const end = Math.min(at + 5000, lines);
    const block = Array.from({ length: end - at }, (_, of) => textLine("large", at + of)).join("");
    if (!stream.write(block)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
}

/** How small gzip makes the file, as a part of its size. */
export async function compressedPart(file: string): Promise<number> {
  const gzip = createReadStream(file).pipe(createGzip());
  let bytes = 0;
  for await (const chunk of gzip) bytes += (chunk as Uint8Array).length;
  return bytes / (await stat(file)).size;
}

function folderOf(at: number): string {
  return `folder-${String(Math.floor(at / perFolder))}`;
}

async function writeSmallFile(folder: string, at: number, state: string): Promise<void> {
  const lines = Array.from({ length: 2 + (at % 39) }, (_, line) =>
    textLine(state, at * 100 + line),
  );
  await writeFile(join(folder, folderOf(at), `file-${String(at)}.txt`), lines.join(""));
}

/** 200 bytes, half of them words of a small dictionary, half random hex: as `fill` makes rows. */
function textLine(seed: string, number: number): string {
  const words = md5(`${seed} ${String(number % 1000)}`).repeat(3);
  const noise = md5(`${seed} ${String(number)}`) + md5(`${seed} ${String(number)}.`);
  return `${words} ${noise}${noise.slice(0, 37)}\n`.padStart(lineBytes, " ").slice(-lineBytes);
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
