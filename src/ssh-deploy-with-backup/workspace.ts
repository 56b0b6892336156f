import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { BelayError } from "../kit/errors.js";
import { type Manifest, type ManifestEntry, sortManifest } from "./manifest.js";
import { outsideLinks } from "./outside-links.js";
import { selectFiles, type Selection } from "./selection.js";

/** How many files are read at the same time. */
const readers = 8;
/** Names that an error lists before it says how many more there are. */
const namedAtMost = 5;

/**
 * Reads what the patterns choose from `folder`: modes, links and the sha256 of each file, streamed. Throws
 * `config`, with all such findings together, for names, kinds of files and links that a release cannot hold.
 */
export async function readWorkspace(
  folder: string,
  patterns: readonly string[],
): Promise<Manifest> {
  const found: Found = { entries: [], files: [], problems: [] };
  await walk(folder, "", selectFiles(patterns), found);
  for (const link of outsideLinks(found.entries)) {
    found.problems.push({
      what: "links that lead outside the release",
      path: `${link.path} -> ${link.target ?? ""}`,
    });
  }
  refuse(found.problems);
  const files = await readFiles(folder, found);
  refuse(found.problems);
  const manifest = sortManifest([...found.entries, ...files]);
  if (manifest.every(({ type }) => type === "d")) throw nothingFound(folder);
  return manifest;
}

interface Problem {
  readonly what: string;
  readonly path: string;
}

interface Found {
  /** Folders and links. */
  readonly entries: ManifestEntry[];
  readonly files: { readonly path: string; readonly mode: number; readonly size: number }[];
  readonly problems: Problem[];
}

/** Returns whether the folder `path` holds anything that is included. */
async function walk(
  folder: string,
  path: string,
  selection: Selection,
  found: Found,
): Promise<boolean> {
  let any = false;
  for (const name of (await readdir(join(folder, path))).sort()) {
    const child = path === "" ? name : `${path}/${name}`;
    const stats = await lstat(join(folder, child)).catch(() => undefined);
    if (stats?.isDirectory() === true)
      any = (await walkFolder(folder, child, stats, selection, found)) || any;
    else if (selection.includes(child)) {
      any = true;
      await note(folder, child, stats, found);
    }
  }
  return any;
}

async function walkFolder(
  folder: string,
  path: string,
  stats: Stats,
  selection: Selection,
  found: Found,
): Promise<boolean> {
  if (!selection.mayInclude(path)) return false;
  const holds = await walk(folder, path, selection, found);
  if (!holds && !selection.includes(path)) return false;
  noteName(path, found);
  found.entries.push({ type: "d", mode: stats.mode & 0o777, size: 0, sha256: "-", path });
  return true;
}

async function note(
  folder: string,
  path: string,
  stats: Stats | undefined,
  found: Found,
): Promise<void> {
  noteName(path, found);
  if (stats === undefined) found.problems.push({ what: "names that are not UTF-8", path });
  else if (stats.isSymbolicLink()) await noteLink(folder, path, found);
  else if (stats.isFile()) found.files.push({ path, mode: stats.mode & 0o777, size: stats.size });
  else found.problems.push({ what: "sockets, pipes or devices", path });
}

async function noteLink(folder: string, path: string, found: Found): Promise<void> {
  const target = await readlink(join(folder, path));
  if (/[\t\r\n]/.test(target))
    found.problems.push({ what: "names with a tab or line end", path: `${path} -> ${target}` });
  found.entries.push({ type: "l", mode: 0o777, size: 0, sha256: "-", path, target });
}

function noteName(path: string, found: Found): void {
  if (/[\t\r\n]/.test(path)) found.problems.push({ what: "names with a tab or line end", path });
}

async function readFiles(folder: string, found: Found): Promise<readonly ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  const queue = found.files.values();
  const read = async (): Promise<void> => {
    for (const { path, mode, size } of queue) {
      const sha256 = await hashFile(join(folder, path)).catch(() => undefined);
      if (sha256 === undefined) found.problems.push({ what: "files that cannot be read", path });
      else entries.push({ type: "f", mode, size, sha256, path });
    }
  };
  await Promise.all(Array.from({ length: readers }, read));
  return entries;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

function refuse(problems: readonly Problem[]): void {
  const kinds = Map.groupBy(problems, ({ what }) => what);
  const [first, ...also] = Array.from(kinds, ([what, list]) => refusal(what, list));
  if (first !== undefined) throw new BelayError("config", first.message, first.remedy, { also });
}

function refusal(what: string, list: readonly Problem[]): BelayError {
  const named = list.slice(0, namedAtMost).map(({ path }) => JSON.stringify(path));
  const more = list.length > namedAtMost ? ` and ${String(list.length - namedAtMost)} more` : "";
  return new BelayError(
    "config",
    `files: a release cannot hold ${what}: ${named.join(", ")}${more}`,
    "Leave them out with a `!` line in `files`, or mend them in a step before the deploy.",
  );
}

function nothingFound(folder: string): BelayError {
  return new BelayError(
    "config",
    `files: nothing in ${folder} matches`,
    "Check the repository out and build before this step, or give `files` patterns relative to the workspace.",
  );
}
