import { spawnSync } from "node:child_process";
import { cp, readFile, realpath, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { replaceIn } from "./replacements.js";

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly optional?: boolean }>
  >;
}

/** Module ids follow the way from the code to the bundler's own files: it must come along. */
export const bundler = "node_modules/@vercel/ncc";

/**
 * Makes `stage` a project of its own: our compiled code, copies of the packages that it may use, with
 * the replacements in them, and of the bundler. What comes out depends on no other folder.
 */
export async function makeStage(root: string, stage: string): Promise<void> {
  await writeFile(join(stage, "package.json"), '{ "type": "module" }\n');
  await copyPackages(root, stage);
  await replaceIn(join(stage, "node_modules"));
  compile(root, join(stage, "src"));
}

async function copyPackages(root: string, stage: string): Promise<void> {
  const lockfile = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as Lockfile;
  for (const [folder, { dev = false, optional = false }] of Object.entries(lockfile.packages)) {
    if (folder !== bundler && (folder === "" || dev || optional)) continue;
    const from = await realpath(join(root, folder));
    await cp(from, join(stage, folder), {
      recursive: true,
      filter: (path) => isNeeded(relative(from, path)),
    });
  }
}

/** Nested packages have entries of their own in the lockfile; native code is never bundled. */
function isNeeded(path: string): boolean {
  return !/^(?:node_modules|prebuilds|build\/(?:Release|Debug))(?:\/|$)|\.node$/.test(path);
}

function compile(root: string, to: string): void {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const args = [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", to];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`The sources do not compile.\n${stdout}${stderr}`.trim());
}
