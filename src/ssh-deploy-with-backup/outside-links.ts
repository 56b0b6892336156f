import { posix } from "node:path";
import type { ManifestEntry } from "./manifest.js";

const longestChain = 200;

/** The links that lead, directly or through other links, out of the release; absolute ones always do. */
export function outsideLinks(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
  const links = new Map(
    entries.filter(({ type }) => type === "l").map((entry) => [entry.path, entry]),
  );
  return [...links.values()].filter((link) => leavesRelease(link, links));
}

/** Walks the target part by part as the kernel does: `..` after a link means the parent of where it leads. */
function leavesRelease(link: ManifestEntry, links: ReadonlyMap<string, ManifestEntry>): boolean {
  const at = posix.dirname(link.path).split("/").filter(isName);
  let ahead = partsOf(link);
  for (let steps = 0; ahead !== undefined && steps < longestChain; steps += 1) {
    const [part, ...rest] = ahead;
    if (part === undefined) return false;
    ahead = rest;
    if (part === ".." && at.pop() === undefined) return true;
    if (!isName(part)) continue;
    at.push(part);
    const next = links.get(at.join("/"));
    if (next === undefined) continue;
    at.pop();
    const parts = partsOf(next);
    ahead = parts && [...parts, ...rest];
  }
  // An absolute target, or a chain too long to be followed by anyone (a circle leads nowhere).
  return ahead === undefined;
}

function partsOf(link: ManifestEntry): readonly string[] | undefined {
  const target = link.target ?? "";
  return target.startsWith("/") ? undefined : target.split("/");
}

function isName(part: string): boolean {
  return part !== "" && part !== "." && part !== "..";
}
