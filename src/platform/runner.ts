import { appendFile, readFile, stat } from "node:fs/promises";
import * as core from "@actions/core";
import { parseJson } from "../kit/json.js";
import type { Log } from "../ports/log.js";
import type { RunFacts, Runner } from "../ports/runner.js";

/** The runner drops the whole summary of a step when it is longer. */
const longestSummary = 1 << 20;

/** The runner that started this process. */
export function openRunner(log: Pick<Log, "warning" | "debug">): Runner {
  return {
    run: runFacts(process.env),
    event: () => readEvent(process.env["GITHUB_EVENT_PATH"]),
    input: (name) => core.getInput(name),
    inputNames: inputNames(process.env),
    signal: cancelSignal(),
    setOutput: core.setOutput,
    // As dist/*/post.js says it.
    isPost: process.argv[2] === "post",
    saveState: core.saveState,
    state: core.getState,
    addSummary: (markdown) => addSummary(process.env["GITHUB_STEP_SUMMARY"], markdown, log),
    fail: () => void (process.exitCode = 1),
  };
}

function runFacts(env: Readonly<NodeJS.ProcessEnv>): RunFacts {
  const fact = (name: string): string => env[`GITHUB_${name}`] ?? "";
  const [server, repository, id] = [fact("SERVER_URL"), fact("REPOSITORY"), fact("RUN_ID")];
  const attempt = fact("RUN_ATTEMPT");
  const page = `${server}/${repository}/actions/runs/${id}`;
  return {
    sha: fact("SHA"),
    ref: fact("REF"),
    actor: fact("ACTOR"),
    url: id === "" ? "" : attempt === "" || attempt === "1" ? page : `${page}/attempts/${attempt}`,
    id,
    attempt,
    repository,
    workspace: fact("WORKSPACE"),
    server,
    api: fact("API_URL"),
    workflow: fact("WORKFLOW"),
    workflowRef: fact("WORKFLOW_REF"),
    job: fact("JOB"),
    refName: fact("HEAD_REF") || fact("REF_NAME"),
    eventName: fact("EVENT_NAME"),
    number: fact("RUN_NUMBER"),
    temp: env["RUNNER_TEMP"] ?? "",
  };
}

async function readEvent(path: string | undefined): Promise<unknown> {
  if (path === undefined || path === "") return undefined;
  return parseJson(await readFile(path, "utf8").catch(() => ""));
}

function inputNames(env: Readonly<NodeJS.ProcessEnv>): string[] {
  const prefix = "INPUT_";
  const names = Object.keys(env).filter((name) => name.startsWith(prefix));
  return names.map((name) => name.slice(prefix.length).toLowerCase());
}

function cancelSignal(): AbortSignal {
  const cancel = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => cancel.abort(new Error(`the runner sent ${name}`)));
  }
  return cancel.signal;
}

async function addSummary(
  file: string | undefined,
  markdown: string,
  log: Pick<Log, "warning" | "debug">,
): Promise<void> {
  if (file === undefined || file === "") {
    log.debug("the runner takes no summary");
    return;
  }
  try {
    const { size } = await stat(file);
    if (size + Buffer.byteLength(markdown) > longestSummary) {
      log.warning(
        "The job summary was left out: it would be longer than the 1 MiB that GitHub shows.",
      );
    } else {
      await appendFile(file, markdown.endsWith("\n") ? markdown : `${markdown}\n`);
    }
  } catch (failure) {
    log.warning(
      `The job summary could not be written: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  }
}
