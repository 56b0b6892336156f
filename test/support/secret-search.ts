import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** Watches all command lines of the machine for texts that must not stand there. */
export interface ProcessListWatch {
  /** Stops watching; the command lines in which a secret stood. */
  stop(): readonly string[];
}

/** Looks every few milliseconds, as whoever runs `ps` in a loop. */
export function watchProcessList(secrets: readonly string[]): ProcessListWatch {
  const found = new Set<string>();
  const timer = setInterval(() => {
    for (const name of readdirSync("/proc")) {
      const line = /^\d+$/.test(name) ? commandLine(name) : "";
      if (secrets.some((secret) => line.includes(secret))) found.add(line);
    }
  }, 10);
  return {
    stop: () => {
      clearInterval(timer);
      return [...found];
    },
  };
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/**
 * The files under `folder` that hold a secret and that others can read: neither the file nor a folder
 * above it (from `folder` on) keeps them out. With `readable: "by anyone"` every file counts.
 */
export async function filesWith(
  secrets: readonly string[],
  folder: string,
  readable: "by others" | "by anyone" = "by others",
): Promise<readonly string[]> {
  const closed = ((await stat(folder)).mode & 0o077) === 0;
  if (closed && readable === "by others") return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const looked = entries.map(async (entry): Promise<readonly string[]> => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesWith(secrets, path, readable);
    if (!entry.isFile()) return [];
    if (((await stat(path)).mode & 0o077) === 0 && readable === "by others") return [];
    const text = await readFile(path, "latin1");
    return secrets.some((secret) => text.includes(secret)) ? [path] : [];
  });
  return (await Promise.all(looked)).flat();
}
