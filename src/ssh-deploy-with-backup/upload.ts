import { open } from "node:fs/promises";
import { join } from "node:path";
import { tarEnd, tarHeader, tarPadding } from "../commands/tar.js";
import { BelayError } from "../kit/errors.js";
import type { Need, ReleaseFiles } from "../server/release-files.js";
import type { Manifest, ManifestEntry } from "./manifest.js";

const chunkBytes = 256 * 1024;

/** The files of `manifest` as they lie in `folder`, for `Operation.upload`; holds one chunk in memory at a time. */
export function filesToUpload(folder: string, manifest: Manifest): ReleaseFiles {
  return {
    tar: (need) => gathered(archive(folder, needed(manifest, need))),
    paths: (need) => needed(manifest, need).map(({ path }) => path),
  };
}

/** The regular files among the needed lines: folders and links the server makes from the manifest itself. */
function needed(manifest: Manifest, need: Need): readonly ManifestEntry[] {
  const entries = need === "all" ? manifest : need.map((line) => manifest[line - 1]);
  return entries.filter((entry) => entry !== undefined).filter(({ type }) => type === "f");
}

async function* archive(
  folder: string,
  entries: readonly ManifestEntry[],
): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield tarHeader({ name: entry.path, mode: entry.mode, size: entry.size });
    if (entry.size > 0) yield* content(join(folder, entry.path), entry);
    yield tarPadding(entry.size);
  }
  yield tarEnd;
}

/** Exactly the bytes that the header promised; what differs in them is found by its checksum at the server. */
async function* content(file: string, entry: ManifestEntry): AsyncGenerator<Uint8Array> {
  const handle = await open(file).catch((cause: unknown) => {
    throw changed(entry, cause);
  });
  try {
    for (let left = entry.size; left > 0;) {
      const { bytesRead, buffer } = await handle.read(
        Buffer.allocUnsafe(Math.min(left, chunkBytes)),
      );
      if (bytesRead === 0) throw changed(entry);
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Joins small pieces: thousands of small files cost few writes. */
async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    size += piece.length;
    if (size < chunkBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

function changed(entry: ManifestEntry, cause?: unknown): BelayError {
  return new BelayError(
    "config",
    `${entry.path} was changed or removed while it was uploaded`,
    "Let nothing write to the files while they are uploaded, or leave it out with a `!` line in `files`.",
    { cause },
  );
}
