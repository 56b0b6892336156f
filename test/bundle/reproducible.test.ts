import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

import { differences } from "../../scripts/bundler/compare.js";
import { mustRun } from "../support/program.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const root = join(import.meta.dirname, "../..");

let scratch: string;
beforeEach(async () => {
  scratch = await scratchFolder("reproducible");
});
afterEach(() => removeFolder(scratch));

it("dist comes out the same, byte for byte, wherever it is built", async () => {
  const checkout = join(scratch, "another folder/checkout");
  await mkdir(checkout, { recursive: true });
  for (const name of ["actions", "scripts", "src"]) {
    await cp(join(root, name), join(checkout, name), { recursive: true });
  }
  for (const name of [
    "action.yml",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.build.json",
  ]) {
    await cp(join(root, name), join(checkout, name));
  }
  await installLike(join(root, "node_modules"), join(checkout, "node_modules"));

  await mustRun([join(checkout, "scripts/bundle")]);

  expect(await differences(join(checkout, "dist"), join(root, "dist"))).toEqual([]);
  expect(await readdir(join(checkout, "dist"))).not.toEqual([]);
}, 180_000);

/** What the bundle is made of and by is copied, so that it lies elsewhere; the rest is large. */
async function installLike(from: string, to: string): Promise<void> {
  const copied = ["@vercel", "@actions", "ssh2"];
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (copied.includes(name)) await cp(join(from, name), join(to, name), { recursive: true });
    else await symlink(join(from, name), join(to, name));
  }
}
