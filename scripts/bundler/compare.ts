import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** One line for each file in which two folders differ; none when they are the same, byte for byte. */
export async function differences(expected: string, actual: string): Promise<readonly string[]> {
  const wanted = await filesBelow(expected);
  const found = await filesBelow(actual);
  const lines: string[] = [];
  for (const name of [...new Set([...wanted, ...found])].sort()) {
    if (!found.includes(name)) lines.push(`missing: ${name}`);
    else if (!wanted.includes(name)) lines.push(`not made by the build: ${name}`);
    else if (!(await sameBytes(join(expected, name), join(actual, name)))) {
      lines.push(`differs: ${name}`);
    }
  }
  return lines;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function sameBytes(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([readFile(one), readFile(other)]);
  return a.equals(b);
}
