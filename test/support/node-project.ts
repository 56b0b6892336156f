import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type ActionOptions, type ActionResult, runAction } from "./run-action.js";
import { npmLockfile } from "./npm-lockfile.js";
import { mustRun } from "./program.js";
import { removeFolder, scratchFolder } from "./scratch.js";

const root = join(import.meta.dirname, "../..");

/** A checkout of a project for test-node. */
export interface NodeProject {
  readonly folder: string;
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  readonly git: (...words: string[]) => Promise<string>;
  /** Commits all that is there; gives the commit. */
  readonly commit: (message?: string) => Promise<string>;
  readonly run: (
    inputs?: Readonly<Record<string, string>>,
    more?: Partial<ActionOptions>,
  ) => Promise<ActionResult>;
  readonly remove: () => Promise<void>;
}

export interface NodeProjectOptions {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Of the checkout's folder, which may hold spaces. */
  readonly name?: string;
}

/**
 * A committed project without dependencies of its own. It lies below this repository, so that its scripts find
 * the tools that Belay itself is checked with: Vitest, ESLint, Prettier and TypeScript.
 */
export async function nodeProject(options: NodeProjectOptions = {}): Promise<NodeProject> {
  const { scripts = {}, manifest = {}, files = {}, name = "project" } = options;
  await mkdir(join(root, "build"), { recursive: true });
  const above = await mkdtemp(join(root, "build/node-"));
  const folder = join(above, name);
  const project = checkout(folder, above);
  const head = { name: "fixture", version: "1.0.0", private: true, type: "module" };
  const text = JSON.stringify({ ...head, scripts, ...manifest }, null, 2);
  await project.write({ "package.json": `${text}\n`, ".gitignore": "node_modules\n", ...files });
  await writeLockfile(project, files);
  await mustRun(["git", "init", "-q", "-b", "main", folder]);
  await project.commit();
  return project;
}

async function writeLockfile(
  project: NodeProject,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  if (Object.keys(files).some((file) => file.includes("lock"))) return;
  await project.write({ "package-lock.json": npmLockfile() });
}

/** The checkout in `folder`; `above` goes with it. */
export function checkout(folder: string, above = folder): NodeProject {
  const git = (...words: string[]): Promise<string> =>
    mustRun([
      "git",
      "-c",
      "user.name=Ada",
      "-c",
      "user.email=ada@example.com",
      "-C",
      folder,
      ...words,
    ]);
  return {
    folder,
    git,
    write: async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
    },
    commit: async (message = "A state") => {
      await git("add", "-A");
      await git("commit", "-q", "--allow-empty", "-m", message);
      return (await git("rev-parse", "HEAD")).trim();
    },
    run: (inputs = {}, more = {}) =>
      runAction({ action: "test-node", inputs, workspace: folder, ...more }),
    remove: () => removeFolder(above),
  };
}

/** A committed project of these files, outside of this repository. */
export async function nodeCheckout(files: Readonly<Record<string, string>>): Promise<NodeProject> {
  const above = await scratchFolder("node");
  const project = checkout(join(above, "project"), above);
  await project.write({ ".gitignore": "node_modules\n.yarn\n.pnp.*\n", ...files });
  await mustRun(["git", "init", "-q", "-b", "main", project.folder]);
  await project.commit();
  return project;
}

/** A committed copy of a fixture, outside of this repository. */
export async function nodeFixture(name: string): Promise<NodeProject> {
  const folder = await scratchFolder(name);
  await cp(join(root, "test/fixtures", name), folder, { recursive: true });
  const project = checkout(folder);
  await mustRun(["git", "init", "-q", "-b", "main", folder]);
  await project.commit();
  return project;
}

/** The authorities that this machine trusts, as Debian keeps them: a proxy of a network may have its own. */
const authorities = "/etc/ssl/certs/ca-certificates.crt";

/** What the fetching of packages takes on this machine. */
export function fetching(): Readonly<Record<string, string>> {
  const named = process.env["NODE_EXTRA_CA_CERTS"];
  const found = named ?? (existsSync(authorities) ? authorities : undefined);
  // Yarn's newer form asks for a name of its own.
  return found === undefined ? {} : { NODE_EXTRA_CA_CERTS: found, YARN_HTTPS_CA_FILE_PATH: found };
}

/** The same, and the downloads of package managers kept from test to test. */
export function downloadsKept(): Readonly<Record<string, string>> {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "belay-peers");
  const folders = {
    npm_config_cache: join(cache, "npm"),
    npm_config_store_dir: join(cache, "pnpm"),
  };
  return { ...fetching(), ...folders };
}
