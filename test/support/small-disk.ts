import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, runProgram } from "./program.js";
import { removeFolder, scratchFolder } from "./scratch.js";

/** A small file system of its own, to be filled. */
export interface SmallDisk {
  readonly path: string;
  /** Fills it until about `leave` bytes are free (0: until nothing can be written any more). */
  fill(leave: number): Promise<void>;
  /** Makes empty files until no further one can be made. */
  fillInodes(): Promise<void>;
  /** Takes away what was filled in. */
  empty(): Promise<void>;
  unmount(): Promise<void>;
}

export interface SmallDiskOptions {
  readonly megabytes: number;
  /** Files that it can hold; without it as many as there is room for. */
  readonly files?: number;
}

/** Mounts a tmpfs in a scratch folder; needs root and the right to mount, and says so where it is missing. */
export async function mountSmallDisk(options: SmallDiskOptions): Promise<SmallDisk> {
  const folder = await scratchFolder("disk");
  const path = join(folder, "mount");
  await mkdir(path);
  const limits = [
    `size=${String(options.megabytes)}m`,
    ...(options.files ? [`nr_inodes=${String(options.files)}`] : []),
  ];
  const mounted = await runProgram(["mount", "-t", "tmpfs", "-o", limits.join(","), "tmpfs", path]);
  if (mounted.code !== 0) {
    await removeFolder(folder);
    throw new Error(
      `a tmpfs cannot be mounted here (${mounted.stderr.trim()}): run the fault tests as root`,
    );
  }
  const filler = join(path, ".filler");
  return {
    path,
    fill: async (leave) => {
      const { bavail, bsize } = await statfs(path);
      await rm(filler, { recursive: true, force: true });
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
    },
    fillInodes: async () => {
      await mkdir(filler);
      try {
        for (let count = 0; ; count += 1) await writeFile(join(filler, String(count)), "");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    },
    empty: () => rm(filler, { recursive: true, force: true }),
    unmount: async () => {
      await mustRun(["umount", "--lazy", path]);
      await removeFolder(folder);
    },
  };
}
