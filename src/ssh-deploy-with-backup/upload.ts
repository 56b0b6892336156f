import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { tarEnd, tarHeader, tarPadding } from "../commands/tar.js";
import { BelayError } from "../kit/errors.js";
import type { Need, ReleaseFiles } from "../server/release-files.js";
import { Blocks } from "./blocks.js";
import type { Manifest, ManifestEntry } from "./manifest.js";

/** The files of `manifest` as they lie in `folder`, for `Operation.upload`; holds one block in memory at a time. */
export function filesToUpload(folder: string, manifest: Manifest): ReleaseFiles {
  return {
    tar: (need) => archive(folder, needed(manifest, need)),
    bytes: (need) => needed(manifest, need).reduce((sum, { size }) => sum + size, 0),
    paths: (need) => needed(manifest, need).map(({ path }) => path),
  };
}

/** The regular files among the needed lines: folders and links the server makes from the manifest itself. */
function needed(manifest: Manifest, need: Need): readonly ManifestEntry[] {
  const entries = need === "all" ? manifest : need.map((line) => manifest[line - 1]);
  return entries.filter((entry) => entry !== undefined).filter(({ type }) => type === "f");
}

/**
 * Reads without waiting for each file: the promises of `node:fs/promises` cost ten times what a small file itself
 * does, and one block is read within milliseconds.
 */
function* archive(folder: string, entries: readonly ManifestEntry[]): Generator<Uint8Array> {
  const blocks = new Blocks();
  for (const entry of entries) {
    yield* blocks.add(tarHeader({ name: entry.path, mode: entry.mode, size: entry.size }));
    if (entry.size > 0) yield* content(join(folder, entry.path), entry, blocks);
    yield* blocks.add(tarPadding(entry.size));
  }
  yield* blocks.add(tarEnd);
  yield* blocks.rest();
}

/** Exactly the bytes that the header promised; what differs in them is found by its checksum at the server. */
function* content(file: string, entry: ManifestEntry, blocks: Blocks): Generator<Uint8Array> {
  const descriptor = opened(file, entry);
  try {
    for (let left = entry.size; left > 0;) {
      const read = blocks.readFrom(descriptor, left);
      if (read === 0) throw changed(entry);
      left -= read;
      yield* blocks.whole();
    }
  } finally {
    closeSync(descriptor);
  }
}

function opened(file: string, entry: ManifestEntry): number {
  try {
    return openSync(file, "r");
  } catch (cause) {
    throw changed(entry, cause);
  }
}

function changed(entry: ManifestEntry, cause?: unknown): BelayError {
  return new BelayError(
    "config",
    `${entry.path} was changed or removed while it was uploaded`,
    "Let nothing write to the files while they are uploaded, or leave it out with a `!` line in `files`.",
    { cause },
  );
}
