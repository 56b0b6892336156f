import { glob, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatSize } from "../kit/size.js";

/** Bytes of what a build made, by the name of the bundle without its hash. */
export type BuildSizes = Readonly<Record<string, number>>;

const folders = ["dist", "build", "out", ".next/static", ".output/public"];

/** The scripts and styles that a build has put into the usual folders below `folder`. */
export async function buildSizes(folder: string): Promise<BuildSizes> {
  const patterns = folders.map((name) => `${name}/**/*.{js,mjs,cjs,css}`);
  const sizes: Record<string, number> = {};
  for await (const path of glob(patterns, { cwd: folder, exclude: ["**/node_modules/**"] })) {
    const { size } = await stat(join(folder, path));
    const name = withoutHash(path);
    sizes[name] = (sizes[name] ?? 0) + size;
  }
  return sizes;
}

/** `assets/index-D3x9ab_c.js` is the same bundle in the next build, under another name. */
export function withoutHash(path: string): string {
  const name = path.replace(/^\.next\/static\/[\w-]{21}\//, ".next/static/*/");
  return name.replace(
    /[-.](?=[\w-]*\d)[\w-]{8,20}(?=\.(?:chunk\.|module\.)?(?:m?js|cjs|css)$)/,
    "",
  );
}

/** The bundles as a table, the largest first; what changed is against `before`. */
export function sizesTable(now: BuildSizes, before: BuildSizes | undefined): readonly string[] {
  const names = [...new Set([...Object.keys(now), ...Object.keys(before ?? {})])];
  const rows = names
    .map((name) => ({ name, bytes: now[name] ?? 0, was: before?.[name] }))
    .sort((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name));
  return rows.map(
    ({ name, bytes, was }) =>
      `${name}: ${formatSize(bytes)}${change(bytes, was, before !== undefined)}`,
  );
}

function change(bytes: number, was: number | undefined, isKnown: boolean): string {
  if (!isKnown) return "";
  if (was === undefined) return " (new)";
  if (bytes === 0) return " (gone)";
  const more = bytes - was;
  return more === 0 ? "" : ` (${more > 0 ? "+" : "−"}${formatSize(Math.abs(more))})`;
}
