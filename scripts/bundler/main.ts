// scripts/bundle           makes dist/ from the sources
// scripts/bundle --check   fails when dist/ is not what the sources give
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { build } from "./build.js";
import { differences } from "./compare.js";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "dist");

async function check(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "belay-dist-"));
  try {
    await build(root, scratch);
    const lines = await differences(scratch, dist);
    if (lines.length === 0) return;
    console.error(`dist/ is not what the sources give; run 'make build'.\n${lines.join("\n")}`);
    process.exitCode = 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function rebuild(): Promise<void> {
  await mkdir(join(root, "build"), { recursive: true });
  const scratch = await mkdtemp(join(root, "build/dist-"));
  try {
    await build(root, scratch);
    await rm(dist, { recursive: true, force: true });
    await chmod(scratch, 0o755);
    await rename(scratch, dist);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  await (process.argv.includes("--check") ? check() : rebuild());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
