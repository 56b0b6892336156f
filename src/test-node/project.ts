import { glob, readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { BelayError } from "../kit/errors.js";
import { itemsOf, memberAt, parseJson, textAt } from "../kit/json.js";
import { type PackageManager, packageManagerOf } from "./package-manager.js";
import type { ScriptSources } from "./scripts.js";

/** A folder to check: a project of its own, or a package of a workspace. */
export interface Project {
  /** From the repository's root, "." for the root itself. */
  readonly directory: string;
  readonly folder: string;
  /** Where the lockfile lies, and where the dependencies are installed. */
  readonly root: string;
  readonly manager: PackageManager;
  readonly manifest: unknown;
  readonly scripts: ScriptSources;
  /** The packages of the workspace at `root`, without the root itself. */
  readonly packages: readonly WorkspacePackage[];
  /** The file that pins a version of Node, and what it says; "" where there is none. */
  readonly pin: { readonly file: string; readonly version: string };
}

export interface WorkspacePackage {
  /** From `root`. */
  readonly directory: string;
  readonly manifest: unknown;
}

/** Reads the project in `directory` of the checkout; throws `config` where it is none that can be checked. */
export async function readProject(workspace: string, directory: string): Promise<Project> {
  const folder = join(workspace, directory);
  const manifest = await readManifest(folder, directory);
  const { root, manager } = await findRoot(workspace, folder, directory);
  const packages = await workspacePackages(root);
  const workspaces = packagesBelow({ root, folder, packages }).map((one) =>
    scriptsOf(one.manifest),
  );
  return {
    directory,
    folder,
    root,
    manager,
    manifest,
    scripts: { own: scriptsOf(manifest), workspaces },
    packages,
    pin: await pinOf([folder, root]),
  };
}

/** The names of the workspace's packages below the project that have this script. */
export function packagesWith(script: string, project: Project): readonly string[] {
  const having = packagesBelow(project).filter(({ manifest }) => scriptsOf(manifest).has(script));
  return having.map(({ manifest }) => textAt(manifest, "name"));
}

function packagesBelow({
  root,
  folder,
  packages,
}: Pick<Project, "root" | "folder" | "packages">): readonly WorkspacePackage[] {
  return packages.filter(({ directory }) => join(root, directory).startsWith(`${folder}/`));
}

/** Whether the project names the package as a dependency. */
export function dependsOn({ manifest }: Pick<Project, "manifest">, name: string): boolean {
  const groups = ["dependencies", "devDependencies"];
  return groups.some((group) => textAt(manifest, group, name) !== "");
}

async function pinOf(folders: readonly string[]): Promise<Project["pin"]> {
  for (const folder of folders)
    for (const file of [".nvmrc", ".node-version"]) {
      const text = await readFile(join(folder, file), "utf8").catch(() => "");
      if (text.trim() !== "") return { file, version: text.trim() };
    }
  return { file: "", version: "" };
}

async function readManifest(folder: string, directory: string): Promise<unknown> {
  const shown = directory === "." ? "the root of the repository" : `\`${directory}\``;
  const remedy =
    "Name the folder of the project in `working-directory`, and check the code out before this step.";
  let text: string;
  try {
    text = await readFile(join(folder, "package.json"), "utf8");
  } catch (cause) {
    throw new BelayError("config", `${shown} has no package.json`, remedy, { cause });
  }
  const manifest = parseJson(text);
  if (manifest === undefined)
    throw new BelayError(
      "config",
      `package.json in ${shown} is no JSON`,
      "Mend it: npm would refuse it too.",
    );
  return manifest;
}

interface Root {
  readonly root: string;
  readonly manager: PackageManager;
}

/** The lockfile of a package in a workspace lies further up. */
async function findRoot(workspace: string, folder: string, directory: string): Promise<Root> {
  let problem = "";
  for (let at = folder; ; at = dirname(at)) {
    const found = await managerIn(at);
    if (typeof found === "object") return { root: at, manager: found };
    problem ||= found ?? "";
    if (at === workspace || at === dirname(at) || relative(workspace, at).startsWith("..")) break;
  }
  const remedy =
    "Commit the lockfile that your package manager writes: without one nobody knows what is tested.";
  throw new BelayError(
    "config",
    `${directory === "." ? "At the root of the repository" : `In \`${directory}\``} ${problem}`,
    remedy,
  );
}

async function managerIn(folder: string): Promise<PackageManager | string | undefined> {
  const files = await readdir(folder).catch((): string[] => []);
  if (!files.includes("package.json")) return undefined;
  const manifest = parseJson(await readFile(join(folder, "package.json"), "utf8"));
  const yarnLock = files.includes("yarn.lock")
    ? await readFile(join(folder, "yarn.lock"), "utf8")
    : "";
  return packageManagerOf({ files, manifest, yarnLock });
}

async function workspacePackages(root: string): Promise<readonly WorkspacePackage[]> {
  const manifest = parseJson(await readFile(join(root, "package.json"), "utf8"));
  const paths = [...(await packagesByPattern(root, manifest)), ...(await packagesOfPnpm(root))];
  const found = [...new Set(paths)].map(async (path) => {
    const text = await readFile(join(root, path), "utf8").catch(() => "");
    return { directory: dirname(path), manifest: parseJson(text) };
  });
  return (await Promise.all(found)).filter((one) => one.manifest !== undefined);
}

async function packagesByPattern(folder: string, manifest: unknown): Promise<readonly string[]> {
  const patterns = workspacePatterns(manifest);
  const unwanted = patterns.flatMap((one) => (one.startsWith("!") ? [one.slice(1)] : []));
  const wanted = patterns.filter((one) => !one.startsWith("!"));
  const manifests = wanted.map((one) => `${one.replace(/\/+$/, "")}/package.json`);
  const exclude = ["**/node_modules/**", ...unwanted];
  const found: string[] = [];
  for await (const path of glob(manifests, { cwd: folder, exclude })) found.push(path);
  return found.sort();
}

function workspacePatterns(manifest: unknown): readonly string[] {
  const given = memberAt(manifest, "workspaces");
  const list = Array.isArray(given) ? given : memberAt(given, "packages");
  return itemsOf(list).filter((one) => typeof one === "string");
}

/** pnpm's lockfile names each package of the workspace. */
async function packagesOfPnpm(folder: string): Promise<readonly string[]> {
  const isWorkspace =
    (await readFile(join(folder, "pnpm-workspace.yaml"), "utf8").catch(() => "")) !== "";
  if (!isWorkspace) return [];
  const lockfile = await readFile(join(folder, "pnpm-lock.yaml"), "utf8").catch(() => "");
  const [, importers = ""] = /^importers:\n([^]*?)(?=^\S|$(?![^]))/m.exec(lockfile) ?? [];
  const names = [...importers.matchAll(/^ {2}(\S.*):$/gm)].map(([, name = ""]) =>
    name.replace(/^'|'$/g, ""),
  );
  return names.filter((name) => name !== ".").map((name) => join(name, "package.json"));
}

function scriptsOf(manifest: unknown): ReadonlyMap<string, string> {
  const scripts = memberAt(manifest, "scripts");
  if (typeof scripts !== "object" || scripts === null) return new Map();
  const entries = Object.entries(scripts as Readonly<Record<string, unknown>>);
  return new Map(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
