import { createHash } from "node:crypto";
import { glob, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "../checks/install-dependencies.js";
import { downloadsCommand } from "../commands/packages.js";
import { install } from "./install.js";
import type { ManagerProgram } from "./manager-program.js";
import type { NodeProgram } from "./node-program.js";
import { type Manner, runIn, type Site } from "./site.js";

/** Raised when what is kept changes, so that an older entry is never taken for it. */
const form = "1";

/** How the dependencies of a project are installed, and what of them is kept. */
export async function installationOf(
  site: Site,
  programs: { readonly node: NodeProgram; readonly manager: ManagerProgram },
  manner: Manner,
): Promise<Installation> {
  const { platform, project } = site;
  const { name } = project.manager;
  const head = `belay-node-${form}-${platform.machine}-${name}`;
  const contents = await contentsHash(project.root, project.manager.lockfile);
  const { node, manager } = programs;
  const tools = hash([node.version, node.path, manager.version, project.root]);
  return {
    paths: installedPaths(site),
    key: `${head}-${tools}-${contents}`,
    downloads: () => downloadsOf(site, manner),
    downloadsKey: `${head}-downloads-${contents}`,
    downloadsPrefix: `${head}-downloads-`,
    // Yarn looks for each package there, and with Plug'n'Play it runs them from there.
    asksForDownloads: name === "yarn",
    isWhole: () => isWhole(site),
    install: (restored) => install(site, restored, manner),
  };
}

/** Each package of a workspace may have a node_modules of its own; Plug'n'Play has none at all. */
function installedPaths({ project }: Site): readonly string[] {
  const { root, packages, manager } = project;
  const directories = [".", ...packages.map(({ directory }) => directory)];
  const folders = directories.map((directory) => join(root, directory, "node_modules"));
  if (manager.name !== "yarn") return folders;
  return [
    ...folders,
    ...[".pnp.cjs", ".pnp.loader.mjs", ".yarn/unplugged", ".yarn/install-state.gz"].map((name) =>
      join(root, name),
    ),
  ];
}

/** What each installer writes at the very end of its work. */
const lastFiles = {
  npm: "node_modules/.package-lock.json",
  pnpm: "node_modules/.modules.yaml",
  yarn: ".yarn/install-state.gz",
  "yarn-classic": "node_modules/.yarn-integrity",
};

async function isWhole({ project }: Site): Promise<boolean> {
  const file = join(project.root, lastFiles[project.manager.name]);
  return stat(file).then(
    ({ size }) => size > 0,
    () => false,
  );
}

async function downloadsOf(site: Site, manner: Manner): Promise<readonly string[]> {
  const { root, manager } = site.project;
  const argv = downloadsCommand(manager.name);
  const quiet = { ...manner, print: () => undefined, cwd: root, keepStdout: 4096 };
  const { code, stdout } = await runIn(site, argv, quiet);
  const path = stdout.trim().split("\n").at(-1) ?? "";
  if (code !== 0 || !path.startsWith("/")) return [];
  // The rest of npm's folder are logs and programs of npx.
  return [manager.name === "npm" ? join(path, "_cacache") : path];
}

/** Of everything that decides what an installer puts where. */
async function contentsHash(root: string, lockfile: string): Promise<string> {
  const names = [
    lockfile,
    "package.json",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pnpmfile.cjs",
    "pnpm-workspace.yaml",
  ];
  const patches: string[] = [];
  for await (const path of glob(["patches/**/*.patch", ".yarn/patches/**/*.patch"], { cwd: root }))
    patches.push(path);
  const parts = [...names, ...patches.sort()].map(async (name) => {
    const text = await readFile(join(root, name)).catch(() => undefined);
    return text === undefined ? `${name} absent` : `${name} ${hash([text.toString("latin1")])}`;
  });
  return hash(await Promise.all(parts));
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}
