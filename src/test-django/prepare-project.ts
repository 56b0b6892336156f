import { dirname, join } from "node:path";
import type { Installed } from "../checks/install-dependencies.js";
import { placesFrom } from "../checks/places.js";
import { passed } from "../checks/result.js";
import { noLockfile, prepareDependencies } from "./dependencies.js";
import { findInterpreter, type Interpreter } from "./interpreter.js";
import { findDependencies } from "./lockfile.js";
import type { Project } from "./project.js";
import type { Session } from "./session.js";

export interface Prepared extends Installed {
  /** Undefined when the dependencies could not be installed. */
  readonly project: Project | undefined;
}

interface Step {
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** Chooses the interpreter and installs what the project names; throws `config` or `tool-missing` without a Python. */
export async function prepareProject(
  directory: string,
  session: Session,
  step: Step,
): Promise<Prepared> {
  const { inputs, platform, children } = session;
  const folder = join(platform.run.workspace, directory);
  const interpreter = await findInterpreter({
    folder,
    wish: inputs.python,
    toolCache: platform.variable("RUNNER_TOOL_CACHE"),
    active: inputs.install === "none" ? platform.variable("VIRTUAL_ENV") : "",
    children,
    signal: step.signal,
  });
  step.print(`Python ${interpreter.version} (${interpreter.path})\n`);
  if (inputs.install === "none") {
    const outcome = passed([], "the environment is the one that is there");
    return { hit: "none", outcome, project: projectIn(folder, interpreter.path, "", session) };
  }
  const venv = join(folder, ".venv");
  const installed = await installInto(venv, interpreter, { directory, session, step });
  if (installed.outcome.status === "failed") return { ...installed, project: undefined };
  const python = join(venv, "bin/python");
  return { ...installed, project: projectIn(folder, python, venv, session) };
}

interface Work {
  readonly directory: string;
  readonly session: Session;
  readonly step: Step;
}

async function installInto(
  venv: string,
  interpreter: Interpreter,
  { directory, session, step }: Work,
): Promise<Installed> {
  const { inputs, platform, children, cache } = session;
  const folder = join(platform.run.workspace, directory);
  const wish = inputs.install === "none" ? "auto" : inputs.install;
  const dependencies = await findDependencies(folder, wish);
  if (dependencies === undefined) return noLockfile(directory);
  // What comes back from the cache must lie where it lay: neither of these may differ from run to run.
  const downloads = join(platform.temp, "belay-downloads");
  const tools = join(platform.temp, "belay-tools", dependencies.installer);
  const env = projectEnvironment(session);
  const place = {
    folder,
    interpreter,
    dependencies,
    venv,
    downloads,
    tools,
    env,
    children,
    ...step,
  };
  return prepareDependencies({ place, cache, platform });
}

function projectIn(folder: string, python: string, venv: string, session: Session): Project {
  const { platform, children, scratch, token } = session;
  const { workspace } = platform.run;
  // `python` in a line of the user's own must be the one that has the dependencies.
  const active = {
    PATH: `${dirname(python)}:${platform.variable("PATH")}`,
    PYTHONHOME: undefined,
    ...(venv !== "" && { VIRTUAL_ENV: venv }),
  };
  return {
    folder,
    workspace,
    python,
    drivers: join(scratch, "python"),
    scratch,
    token,
    env: { PYTHONUNBUFFERED: "1", ...active, ...projectEnvironment(session) },
    place: placesFrom(workspace, folder),
    children,
  };
}

/** What the user gave for the project's programs; the settings only when they are given. */
function projectEnvironment({ inputs }: Session): Record<string, string> {
  return {
    ...(inputs.databaseUrl !== "" && { DATABASE_URL: inputs.databaseUrl }),
    ...(inputs.settings !== "" && { DJANGO_SETTINGS_MODULE: inputs.settings }),
    ...Object.fromEntries(inputs.env.map(({ name, value }) => [name, value])),
  };
}
