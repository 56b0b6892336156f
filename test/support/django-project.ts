import { existsSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "./program.js";
import { type ActionResult, runAction, startAction, type RunningAction } from "./run-action.js";
import { removeFolder, scratchFolder } from "./scratch.js";

const fixture = fileURLToPath(new URL("../fixtures/django", import.meta.url));

/** Files by path from the project's folder; undefined removes one. */
export type Files = Readonly<Record<string, string | undefined>>;

/** A checkout of the small Django project, a git repository. */
export interface DjangoProject {
  readonly path: string;
  write(files: Files): Promise<void>;
  /** Puts `more` behind what a file holds. */
  append(file: string, more: string): Promise<void>;
  /** Commits the work tree and returns the commit. */
  commit(): Promise<string>;
  git(...words: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Makes a checkout whose first commit is the project as it stands in the fixtures, and `files`. */
export async function makeDjangoProject(
  files: Files = {},
  name = "django",
): Promise<DjangoProject> {
  const scratch = await scratchFolder("project");
  const path = join(scratch, name);
  await cp(fixture, path, { recursive: true });
  const git = (...words: readonly string[]): Promise<string> =>
    mustRun(["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...words], {
      cwd: path,
    });
  const write = (changes: Files): Promise<void> => writeFiles(path, changes);
  const commit = async (): Promise<string> => {
    await git("add", "--all");
    await git("commit", "--quiet", "--allow-empty", "--message", "A state of the project");
    return (await git("rev-parse", "HEAD")).trim();
  };
  await write({ ".gitignore": "__pycache__/\n.venv/\n*.sqlite3\n", ...files });
  await git("init", "--quiet", "--initial-branch=main");
  await commit();
  const append = async (file: string, more: string): Promise<void> =>
    write({ [file]: `${await readFile(join(path, file), "utf8")}${more}` });
  return { path, write, append, commit, git, remove: () => removeFolder(scratch) };
}

async function writeFiles(path: string, files: Files): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const whole = join(path, file);
    if (text === undefined) {
      await removeFolder(whole);
    } else {
      await mkdir(dirname(whole), { recursive: true });
      await writeFile(whole, text);
    }
  }
}

/** The folder of uv, poetry and pipenv, which `test/peers/install python-installers` brings. */
export async function pythonInstallers(): Promise<string> {
  return join(await broughtPython("python-installers", "poetry"), "bin");
}

/** A Python with Django, psycopg, pytest and coverage, which `test/peers/install django` brings. */
export async function djangoPython(): Promise<string> {
  return join(await broughtPython("django", "pytest"), "bin/python");
}

/** The folder's name holds the sum of its pins. */
async function broughtPython(set: string, program: string): Promise<string> {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "belay-peers");
  const pins = await readFile(
    fileURLToPath(new URL(`../peers/${set}.txt`, import.meta.url)),
    "utf8",
  );
  const sum = await mustRun(["cksum"], { input: pins });
  const home = join(cache, `${set}-${sum.trim().replace(" ", "-")}`);
  if (!existsSync(join(home, "bin", program)))
    throw new Error(`Python programs are missing: run test/peers/install ${set}`);
  return home;
}

/** What the fetching of packages takes on this machine, whose network may have a proxy that signs for others. */
export function fetching(): Readonly<Record<string, string>> {
  const names = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
  ];
  const set = names.map((name) => [name, process.env[name] ?? ""] as const);
  return Object.fromEntries(set.filter(([, value]) => value !== ""));
}

export interface DjangoRun {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly event?: unknown;
  readonly facts?: Readonly<Record<string, string>>;
  /** RUNNER_TEMP, where the same is needed again. */
  readonly temp?: string;
}

/** Runs test-django on the project, in the Python that the tests have. */
export async function testDjango(
  project: DjangoProject,
  run: DjangoRun = {},
): Promise<ActionResult> {
  return runAction(await optionsOf(project, run));
}

/** The same, to be watched while it runs. */
export async function startTestDjango(
  project: DjangoProject,
  run: DjangoRun = {},
): Promise<RunningAction> {
  return startAction(await optionsOf(project, run));
}

async function optionsOf(
  project: DjangoProject,
  { inputs = {}, event = {}, facts = {}, temp }: DjangoRun,
): Promise<Parameters<typeof runAction>[0]> {
  const usual = { install: "none", python: await djangoPython() };
  return {
    action: "test-django",
    workspace: project.path,
    inputs: { ...usual, ...inputs },
    event,
    facts,
    ...(temp !== undefined && { temp }),
  };
}
