import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { actionNames } from "./actions.js";
import { licencesOf } from "./licences.js";
import { pack } from "./pack.js";
import { makeStage } from "./stage.js";
import { withoutComments } from "./without-comments.js";

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
  if (existsSync(join(root, "src", name, "post.ts"))) all.set("post.js", post);
  for (const folder of brought) await addFolder(join(root, "src", name), folder, all);
  return all;
}

/** What the main step saved cannot tell the two apart: it may have been stopped before it saved anything. */
const post = `process.argv[2] = "post";
await import("./index.js");
`;

/** Below an action's code: what other programs load from its bundle, as it stands. */
const brought = ["python", "reporters"];

async function addFolder(code: string, folder: string, all: Map<string, string>): Promise<void> {
  if (!existsSync(join(code, folder))) return;
  for (const name of (await readdir(join(code, folder))).sort())
    if (/\.(?:py|c?js|mjs)$/.test(name))
      all.set(`${folder}/${name}`, await readFile(join(code, folder, name), "utf8"));
}

async function serverProgram(root: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(root, "scripts/join"), {
    maxBuffer: 2 ** 24,
  });
  return withoutComments(stdout);
}

async function writeAll(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, text] of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
