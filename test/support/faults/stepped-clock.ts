import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder, scratchFolder } from "../scratch.js";

/** A wall clock that can be stepped while programs run under it; what only goes forward is left alone. */
export interface SteppedClock {
  /** What a program's environment must hold for it to read this clock. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on it is this many seconds ahead of the machine's, or behind. */
  step(seconds: number): Promise<void>;
  remove(): Promise<void>;
}

/** Makes one that is right. */
export async function makeSteppedClock(): Promise<SteppedClock> {
  const library = await findLibrary();
  const folder = await scratchFolder("clock");
  const there = new Set(await sharedMemory());
  const file = join(folder, "offset");
  const step = (seconds: number): Promise<void> =>
    writeFile(file, `${seconds < 0 ? "-" : "+"}${String(Math.abs(seconds))}\n`, { mode: 0o644 });
  await step(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      // Times of files are those of the machine, as on a server whose clock is wrong for a while.
      NO_FAKE_STAT: "1",
    },
    step,
    remove: async () => {
      await removeFolder(folder);
      const left = (await sharedMemory()).filter((name) => !there.has(name));
      await Promise.all(left.map((name) => rm(name, { force: true })));
    },
  };
}

/** What libfaketime keeps beside each process; one that was killed leaves it. */
async function sharedMemory(): Promise<readonly string[]> {
  const names = await readdir("/dev/shm");
  return names.filter((name) => name.includes("faketime_")).map((name) => join("/dev/shm", name));
}

async function findLibrary(): Promise<string> {
  for (const name of await readdir("/usr/lib")) {
    const folder = join("/usr/lib", name, "faketime");
    const found = await readdir(folder).catch((): string[] => []);
    if (found.includes("libfaketimeMT.so.1")) return join(folder, "libfaketimeMT.so.1");
  }
  throw new Error("libfaketime is missing: sudo apt-get install -y faketime");
}
