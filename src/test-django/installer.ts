import { stat } from "node:fs/promises";
import { join } from "node:path";
import { failed, passed, type CheckOutcome } from "../checks/result.js";
import { withoutColours } from "../kit/colours.js";
import type { Children } from "../ports/children.js";
import { installerError } from "./installer-error.js";
import type { Interpreter } from "./interpreter.js";
import { type Dependencies, type InstallerName, poetryVersion } from "./lockfile.js";

/** Where an installation works. */
export interface InstallPlace {
  readonly folder: string;
  readonly interpreter: Interpreter;
  readonly dependencies: Dependencies;
  /** The virtualenv; it lies in the project, where every tool finds it. */
  readonly venv: string;
  /** What the installers fetch. */
  readonly downloads: string;
  /** For an installer that the runner does not have. */
  readonly tools: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly children: Children;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** An installer, and how it is started. */
export interface Installer {
  readonly program: string;
  /** As it says it itself, or which one is fetched; part of the cache's key. */
  readonly version: string;
  /** It is fetched first, as the runner does not have it. */
  readonly requirement: string | undefined;
}

/** The runner's own installer, else the one that will be fetched. */
export async function findInstaller(place: InstallPlace): Promise<Installer> {
  const { folder, dependencies, children, tools, venv, interpreter, signal } = place;
  const name = dependencies.installer;
  if (name === "pip")
    return {
      program: join(venv, "bin/python"),
      version: interpreter.version,
      requirement: undefined,
    };
  const child = { argv: [name, "--version"], cwd: folder, keepStdout: 4096, signal };
  const end = await children.run(child).catch(() => undefined);
  if (end?.code === 0) return { program: name, version: end.stdout.trim(), requirement: undefined };
  const version = name === "poetry" ? await poetryVersion(folder) : undefined;
  const requirement = version === undefined ? name : `${name}==${version}`;
  return { program: join(tools, "bin", name), version: `fetched ${requirement}`, requirement };
}

/** Makes or completes the virtualenv. */
export async function install(
  installer: Installer,
  restored: boolean,
  place: InstallPlace,
): Promise<CheckOutcome> {
  const { interpreter, tools, venv, dependencies } = place;
  const python = interpreter.path;
  const steps: (readonly string[])[] = [];
  if (!restored) steps.push([python, "-m", "venv", ...withoutPip(dependencies.installer), venv]);
  if (installer.requirement !== undefined && !(await exists(installer.program)))
    steps.push(
      [python, "-m", "venv", tools],
      [join(tools, "bin/python"), ...pip, "--quiet", installer.requirement],
    );
  steps.push([installer.program, ...wordsOf(dependencies)]);
  for (const argv of steps) {
    const outcome = await run(argv, place);
    if (outcome.status === "failed") return outcome;
  }
  return passed([], restored ? "from the cache, looked over by the installer" : "");
}

const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check"];

function withoutPip(installer: InstallerName): readonly string[] {
  return installer === "uv" ? ["--without-pip"] : [];
}

function wordsOf({ installer, words }: Dependencies): readonly string[] {
  switch (installer) {
    case "uv":
      return ["sync", "--frozen"];
    case "poetry":
      return ["install", "--no-interaction", "--no-ansi"];
    case "pipenv":
      return ["sync", "--dev"];
    case "pip":
      return [...pip, ...words];
  }
}

/** Each installer keeps to our folders, asks nothing, and takes the interpreter that was chosen. */
function environmentOf({
  venv,
  downloads,
  interpreter,
  env,
}: InstallPlace): Record<string, string | undefined> {
  return {
    ...env,
    VIRTUAL_ENV: venv,
    PIP_CACHE_DIR: join(downloads, "pip"),
    PIP_NO_INPUT: "1",
    UV_CACHE_DIR: join(downloads, "uv"),
    UV_PROJECT_ENVIRONMENT: venv,
    UV_PYTHON: interpreter.path,
    UV_PYTHON_DOWNLOADS: "never",
    UV_NO_PROGRESS: "1",
    POETRY_CACHE_DIR: join(downloads, "poetry"),
    POETRY_VIRTUALENVS_IN_PROJECT: "true",
    POETRY_VIRTUALENVS_CREATE: "true",
    PIPENV_CACHE_DIR: join(downloads, "pipenv"),
    PIPENV_VENV_IN_PROJECT: "1",
    PIPENV_NOSPIN: "1",
    PIPENV_YES: "1",
  };
}

async function run(argv: readonly string[], place: InstallPlace): Promise<CheckOutcome> {
  const { children, folder: cwd, signal, print } = place;
  const end = await children.run({
    argv,
    cwd,
    env: environmentOf(place),
    signal,
    onOutput: print,
  });
  if (end.code === 0) return passed();
  const said = installerError(withoutColours(end.tail));
  const how =
    end.code === null ? `was ended by ${end.signal ?? "a signal"}` : `ended with ${end.code}`;
  const command = argv.join(" ");
  const message = `\`${command}\` ${how}${said === "" ? "" : `: ${said}`}`;
  return failed("the dependencies could not be installed", [{ level: "error", message }]);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
