import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { BelayError } from "../kit/errors.js";
import type { ProcessOptions, Processes, ProcessResult } from "../ports/processes.js";

const commandFiles = [
  "GITHUB_ENV",
  "GITHUB_PATH",
  "GITHUB_OUTPUT",
  "GITHUB_STATE",
  "GITHUB_STEP_SUMMARY",
];

type Running = ChildProcessByStdio<null, Readable, Readable>;

interface Place {
  readonly env: Record<string, string>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** Runs programs on this machine, without standard input and without what only actions may know of `env`. */
export function systemProcesses(env: Readonly<NodeJS.ProcessEnv>): Processes {
  const visible = visibleEnvironment(env);
  return {
    run: async ([program = "", ...words], options = {}) => {
      const { cwd, signal, env: more = {} } = options;
      if (signal?.aborted === true) return { code: 255, stdout: "", stderr: "" };
      const env = { ...visible, ...more };
      const place = { env, ...(cwd && { cwd }), ...(signal && { signal }) };
      const child = await start(program, words, place);
      return resultOf(child, options);
    },
  };
}

async function resultOf(
  child: Running,
  { signal, onStdout, onStderr }: ProcessOptions,
): Promise<ProcessResult> {
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
  const outputs = Promise.all([hear(child.stdout, onStdout), hear(child.stderr, onStderr)]);
  const [stdout, stderr] = await outputs.catch((failure: unknown) => {
    if (signal?.aborted === true) return ["", ""] as const;
    throw failure;
  });
  // A program that a signal ended has no exit code.
  return { code: (await ended) ?? 255, stdout, stderr };
}

/** All that comes; nothing when somebody else hears it. */
async function hear(stream: Readable, tell: ((text: string) => void) | undefined): Promise<string> {
  if (tell === undefined) return text(stream);
  for await (const piece of stream.setEncoding("utf8")) tell(piece as string);
  return "";
}

/** Not @actions/exec: it writes to a standard input that the program may have closed, and dies of that. */
async function start(program: string, words: readonly string[], options: Place): Promise<Running> {
  try {
    const child = spawn(program, words, {
      ...options,
      killSignal: "SIGKILL",
      stdio: ["ignore", "pipe", "pipe"],
    });
    await once(child, "spawn");
    // So the end by the signal is told. What the program itself has started may hold the pipes open for long.
    child.on("error", () => {
      child.stdout.destroy();
      child.stderr.destroy();
    });
    return child;
  } catch (cause) {
    const remedy = `Install ${program} in a step before this one.`;
    throw new BelayError("tool-missing", `${program} cannot be started on the runner`, remedy, {
      cause,
    });
  }
}

/** The environment that a program of others may see. */
export function visibleEnvironment(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const hidden = (name: string): boolean =>
    /^(?:INPUT|STATE|ACTIONS)_/i.test(name) || commandFiles.includes(name);
  const entries = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries.filter(([name]) => !hidden(name)));
}
