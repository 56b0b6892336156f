import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as delay } from "node:timers/promises";
import { BelayError } from "../kit/errors.js";
import type { Child, ChildEnd, Children } from "../ports/children.js";
import { endMarked } from "./marked-processes.js";
import { visibleEnvironment } from "./system-processes.js";

/** What everything that a program starts inherits, and hardly anything takes out again. */
const marker = "BELAY_CHILD";
/** What a program may still say after it was asked to end. */
const graceMs = 1000;
/** How long the pipes may stay open after the program's end, while what it left behind is being ended. */
const drainMs = 5000;
const tailLength = 8 << 10;

type Running = ChildProcessByStdio<null, Readable, Readable>;

/** Runs programs on this machine, without what only actions may know of `env`. */
export function systemChildren(env: Readonly<NodeJS.ProcessEnv>): Children {
  const visible = visibleEnvironment(env);
  return { run: (child) => runChild(child, visible) };
}

async function runChild(
  child: Child,
  visible: Readonly<Record<string, string>>,
): Promise<ChildEnd> {
  const { signal } = child;
  const mark = randomUUID();
  if (signal?.aborted === true)
    return { code: null, signal: "SIGKILL", stdout: "", isCut: false, tail: "" };
  const running = await start(child, { ...visible, ...child.env, [marker]: mark });
  const heard = hear(running, child);
  const forget = whenAborted(signal, () => void endAll(running, mark));
  const [code, killedBy] = (await once(running, "exit")) as [number | null, string | null];
  forget();
  await endMarked(`${marker}=${mark}`);
  await drained(running);
  return { code, signal: killedBy, ...heard() };
}

/** Also for a signal that aborted in the meantime. */
function whenAborted(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted === true) act();
  signal?.addEventListener("abort", act);
  return () => signal?.removeEventListener("abort", act);
}

async function start(
  { argv: [program = "", ...words], cwd }: Child,
  env: NodeJS.ProcessEnv,
): Promise<Running> {
  try {
    // A session of its own: no terminal to ask at, and one group to end.
    const running = spawn(program, words, {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    await once(running, "spawn");
    running.on("error", () => undefined);
    return running;
  } catch (cause) {
    const remedy = `Install ${program} in a step before this one.`;
    const message = `${program} cannot be started on the runner`;
    throw new BelayError("tool-missing", message, remedy, { cause });
  }
}

function hear(
  running: Running,
  { onOutput, keepStdout = 0 }: Child,
): () => Pick<ChildEnd, "stdout" | "isCut" | "tail"> {
  let [stdout, tail] = ["", ""];
  let isCut = false;
  const listen = (stream: Readable, keep: (text: string) => void): void => {
    const decoder = new StringDecoder("utf8");
    stream.on("data", (bytes: Buffer) => {
      const text = decoder.write(bytes);
      keep(text);
      tail = (tail + text).slice(-tailLength);
      onOutput?.(text);
    });
  };
  listen(running.stdout, (text) => {
    isCut ||= stdout.length + text.length > keepStdout;
    if (stdout.length < keepStdout) stdout += text.slice(0, keepStdout - stdout.length);
  });
  listen(running.stderr, () => undefined);
  return () => ({ stdout, isCut, tail });
}

/** Asks first: a test runner says then what it was at. */
async function endAll(running: Running, mark: string): Promise<void> {
  signalGroup(running, "SIGTERM");
  await Promise.race([once(running, "exit"), delay(graceMs)]);
  signalGroup(running, "SIGKILL");
  await endMarked(`${marker}=${mark}`);
}

function signalGroup({ pid }: Running, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

async function drained(running: Running): Promise<void> {
  const open = [running.stdout, running.stderr].filter((stream) => !stream.closed);
  await Promise.race([
    Promise.all(open.map((stream) => once(stream, "close"))),
    delay(drainMs, undefined, { ref: false }),
  ]);
  for (const stream of open) stream.destroy();
}
