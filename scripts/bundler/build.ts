import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";

import { actionNames } from "./actions.js";
import { licencesOf } from "./licences.js";
import { pack } from "./pack.js";
import { makeStage } from "./stage.js";

/** Builds every action of `root` into `out/<name>/`; what lies there already is not looked at. */
export async function build(root: string, out: string): Promise<void> {
  const before = process.cwd();
  const stage = await mkdtemp(join(tmpdir(), "belay-bundle-"));
  try {
    await makeStage(root, stage);
    process.chdir(stage);
    for (const name of await actionNames(root)) {
      await writeAll(join(out, name), await filesOf(root, stage, name));
    }
  } finally {
    process.chdir(before);
    await rm(stage, { recursive: true, force: true });
  }
}

async function filesOf(
  root: string,
  stage: string,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const { files, modules } = await pack(`src/${name}/main.js`);
  const all = new Map(files).set("licenses.txt", await licencesOf(stage, modules));
  // Whoever speaks the protocol brings the program that answers it.
  if (modules.some((module) => module.startsWith("src/server/"))) {
    all.set("belay.sh", await serverProgram(root));
  }
  for (const [path, text] of await carriedFiles(join(root, "src", name))) all.set(path, text);
  return all;
}

/** What is no TypeScript there runs in programs of others, and comes along as it is. */
async function carriedFiles(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const carried = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".ts"));
  const paths = carried.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Promise.all(
    paths.map(async (path) => [relative(folder, path), await readFile(path, "utf8")] as const),
  );
}

async function serverProgram(root: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(root, "scripts/join"), {
    maxBuffer: 2 ** 24,
  });
  return stdout;
}

async function writeAll(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, text] of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
