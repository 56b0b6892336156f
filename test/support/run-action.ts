import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { definition as definitionOf } from "../../scripts/bundler/actions.js";
import { makeRunnerFiles, type RunnerFilesContent } from "./runner-files.js";
import { readRunnerLog, type RunnerLog } from "./runner-log.js";
import { removeFolder, scratchFolder } from "./scratch.js";

const repository = fileURLToPath(new URL("../..", import.meta.url));

export interface ActionOptions {
  /** As under `with:`. The defaults of action.yml are added, as the runner does. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The checkout, and the folder that the action is started in. */
  readonly workspace: string;
  /** The name under actions/, or `deploy` for the root action; default ssh-deploy-with-backup. */
  readonly action?: string;
  /** Facts of the run, such as GITHUB_SHA and GITHUB_RUN_ID; the rest is made up. */
  readonly facts?: Readonly<Record<string, string>>;
  /** The payload of the event; default empty. */
  readonly event?: unknown;
  /** RUNNER_TEMP, where it must be the same in several runs; default a folder that is gone afterwards. */
  readonly temp?: string;
  /** What `${{ job.status }}` is in defaults; default success. */
  readonly jobStatus?: string;
}

/** What is left of an action's run. */
export interface ActionResult extends RunnerFilesContent {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly log: RunnerLog;
  /** From the start of its process to its end. */
  readonly durationMs: number;
}

/** An action that runs as a process of its own. */
export interface RunningAction {
  readonly child: ChildProcess;
  readonly done: Promise<ActionResult>;
  /** What it printed so far. */
  printed(): string;
  /** Runs the post step with the state that the main step saved, as the runner does after its end. */
  post(): Promise<ActionResult>;
}

interface Definition {
  readonly inputs?: Readonly<Record<string, { readonly default?: string | number | boolean }>>;
  readonly runs: { readonly main: string; readonly post?: string };
}

/** Starts the bundle of an action as the runner does: clean environment, INPUT_*, files, workspace. */
export async function startAction(options: ActionOptions): Promise<RunningAction> {
  const file = definitionOf(repository, options.action ?? "ssh-deploy-with-backup");
  const folder = dirname(file);
  const definition = parse(await readFile(file, "utf8")) as Definition;
  const env = { ...runFacts(options), ...inputVariables(definition, options) };
  const { workspace, event } = options;
  const place = { workspace, event, ...(options.temp !== undefined && { temp: options.temp }) };
  const main = await startStep(join(folder, definition.runs.main), env, place);
  return {
    ...main,
    post: async () => {
      const { state } = await main.done;
      if (definition.runs.post === undefined) throw new Error("the action has no post step");
      const saved = Object.fromEntries(
        Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]),
      );
      const post = await startStep(join(folder, definition.runs.post), { ...env, ...saved }, place);
      return post.done;
    },
  };
}

/** Runs an action's main step to its end. */
export async function runAction(options: ActionOptions): Promise<ActionResult> {
  return (await startAction(options)).done;
}

async function startStep(
  script: string,
  env: Readonly<Record<string, string>>,
  {
    workspace,
    event: payload = {},
    temp: kept,
  }: Pick<ActionOptions, "workspace" | "event" | "temp">,
): Promise<Omit<RunningAction, "post">> {
  const temp = await scratchFolder("runner");
  const files = await makeRunnerFiles(join(temp, "_runner_file_commands"));
  const event = join(temp, "event.json");
  await writeFile(event, JSON.stringify(payload));
  await mkdir(join(temp, "home"));
  const places = {
    HOME: join(temp, "home"),
    RUNNER_TEMP: kept ?? temp,
    RUNNER_TOOL_CACHE: temp,
    GITHUB_EVENT_PATH: event,
  };
  const started = performance.now();
  const child = spawn(process.execPath, [script], {
    cwd: workspace,
    env: { ...env, ...places, ...files.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  }
  const done = once(child, "close").then(async ([exitCode]): Promise<ActionResult> => {
    const durationMs = performance.now() - started;
    const content = await files.read();
    await removeFolder(temp);
    return {
      ...content,
      exitCode: exitCode as number | null,
      log: readRunnerLog(printed),
      durationMs,
    };
  });
  return { child, done, printed: () => printed };
}

/** The runner upper-cases names and turns spaces to underscores; hyphens stay. */
function inputVariables(
  definition: Definition,
  { inputs, jobStatus = "success" }: ActionOptions,
): Record<string, string> {
  const defaults = Object.entries(definition.inputs ?? {}).map(
    ([name, input]): [string, string] => [
      name,
      String(input.default ?? "").replace("${{ job.status }}", jobStatus),
    ],
  );
  const all: Record<string, string> = { ...Object.fromEntries(defaults), ...inputs };
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
}

function runFacts({ workspace, facts }: ActionOptions): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    LANG: "C.UTF-8",
    CI: "true",
    RUNNER_OS: "Linux",
    RUNNER_ARCH: "X64",
    RUNNER_ENVIRONMENT: "github-hosted",
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: workspace,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_API_URL: "https://api.github.com",
    GITHUB_REPOSITORY: "ada/climbing",
    GITHUB_ACTOR: "ada",
    GITHUB_WORKFLOW: "Deploy",
    GITHUB_JOB: "deploy",
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF: "refs/heads/main",
    GITHUB_REF_NAME: "main",
    GITHUB_REF_TYPE: "branch",
    GITHUB_RUN_ID: "1000",
    GITHUB_RUN_NUMBER: "1",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_SHA: "0".repeat(40),
    ...facts,
  };
}
