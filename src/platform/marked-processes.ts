import { readdir, readFile } from "node:fs/promises";

/** What is ended may just have started something: so it is looked again, but not for ever. */
const mostRounds = 50;

/**
 * Kills every process whose environment holds `mark` (`NAME=value`), wherever it has gone: a new session and a
 * dead parent do not hide it. Where there is no /proc it does nothing.
 */
export async function endMarked(mark: string): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const found = await marked(mark);
    if (found.length === 0) return;
    for (const id of found) kill(id);
    await new Promise((resolve) => setTimeout(resolve, round));
  }
}

async function marked(mark: string): Promise<readonly number[]> {
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      // Those of others cannot be read, and a zombie has none any more.
      const environment = await readFile(`/proc/${id}/environ`, "latin1").catch(() => "");
      return environment.split("\0").includes(mark) ? [Number(id)] : [];
    }),
  );
  return found.flat().filter((id) => id !== process.pid);
}

function kill(id: number): void {
  try {
    process.kill(id, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
