import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The version that the figures are of. */
export async function versionOf(): Promise<string> {
  const file = join(import.meta.dirname, "../package.json");
  const { version } = JSON.parse(await readFile(file, "utf8")) as { readonly version: string };
  return version;
}
