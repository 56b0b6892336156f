import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { mustRun } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";

const source = fileURLToPath(new URL("../../peers/stepped-clock/clock.c", import.meta.url));

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
  const folder = await scratchFolder("clock");
  const library = join(folder, "clock.so");
  await mustRun(["cc", "-shared", "-fPIC", "-O2", "-o", library, source]);
  const file = join(folder, "offset");
  const step = (seconds: number): Promise<void> =>
    writeFile(file, `${String(seconds)}\n`, { mode: 0o644 });
  await step(0);
  return {
    env: { LD_PRELOAD: library, BELAY_CLOCK_OFFSET: file },
    step,
    remove: () => removeFolder(folder),
  };
}
