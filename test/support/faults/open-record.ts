import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Site } from "../site.js";

/** The process that guards the open operation. */
export async function guardianOf(site: Site): Promise<number> {
  const record = await readFile(join(site.path, ".belay/phase"), "utf8");
  const pid = Number(/^guardian (\d+) /m.exec(record)?.[1]);
  if (!Number.isSafeInteger(pid)) throw new Error(`the record names no guardian:\n${record}`);
  return pid;
}
