import { statfs } from "node:fs/promises";

const memory = "/dev/shm";
/** What the kernel calls a file system in memory. */
const tmpfs = 0x01021994;

/** What `measure` comes to with all scratch folders in memory: no disk that still writes what was before is measured. */
export async function inMemory<Result>(measure: () => Promise<Result>): Promise<Result> {
  const { TMPDIR } = process.env;
  if ((await statfs(memory)).type !== tmpfs) throw new Error(`${memory} is no tmpfs`);
  process.env["TMPDIR"] = memory;
  try {
    return await measure();
  } finally {
    if (TMPDIR === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = TMPDIR;
  }
}
