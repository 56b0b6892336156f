import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import * as http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { BelayError } from "../kit/errors.js";
import {
  type Cluster,
  type ClusterAddress,
  type ClusterAnswer,
  type ClusterRequest,
  RefusedStream,
} from "../ports/cluster.js";
import { NoAnswer } from "../ports/http.js";
import type { Processes, ProcessResult } from "../ports/processes.js";
import { systemProcesses, visibleEnvironment } from "./system-processes.js";

type Proxy = ChildProcessByStdio<Writable, Readable, Readable>;

const startMs = 20_000;
const answerMs = 60_000;
/** How a shell ends that does not find a program. */
const notFound = 127;

/**
 * kubectl with the arguments, for as long as somebody holds standard input: when this process dies, however it dies,
 * the proxy goes with it, and so does the folder ($0), where the kubeconfig lies. What waits for that is the shell itself:
 * without a program to wait by, it would end kubectl at once.
 */
const tied = `
exec 3<&0
kubectl "$@" </dev/null 3<&- &
proxy=$!
{ while read -r _; do :; done; kill -KILL "$proxy"; rm -rf "$0"; } <&3 >/dev/null 2>&1 &
tie=$!
exec 3<&-
wait "$proxy"
code=$?
kill -KILL "$tie"
exit "$code"
`;

const viewConfig = ["config", "view", "--minify", "--output=json"] as const;

/** The longest name of a socket that Linux and macOS take. */
const longestSocket = 100;

/**
 * Starts `kubectl proxy` on a socket that only this user can open: one process, with the login plug-ins that
 * kubectl has, carries every request and watch. Throws `tool-missing` or `cluster-denied`.
 */
export async function openCluster(
  { kubeconfig, context }: ClusterAddress,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<Cluster> {
  const folder = await privateFolder(env["RUNNER_TEMP"]);
  try {
    const options = await connectionOptions(folder, kubeconfig, context);
    const visible = visibleEnvironment(env);
    const processes = systemProcesses(env);
    const viewed = processes
      .run(["kubectl", ...options, ...viewConfig])
      // The proxy says better what is wrong with kubectl.
      .catch((cause: unknown) => ({ code: notFound, stdout: "", stderr: messageOf(cause) }));
    const proxy = await startProxy(folder, options, visible);
    return clusterBehind(proxy, { folder, options, processes, config: await viewed });
  } catch (failure) {
    await rm(folder, { recursive: true, force: true });
    throw failure;
  }
}

/** Of mode 0700, as mkdtemp makes it. */
async function privateFolder(preferred: string | undefined): Promise<string> {
  const short =
    preferred !== undefined && preferred !== "" && preferred.length < longestSocket - 40;
  return mkdtemp(join(short ? preferred : tmpdir(), "belay-kubectl-"));
}

async function connectionOptions(
  folder: string,
  kubeconfig: string,
  context: string,
): Promise<readonly string[]> {
  const named = context === "" ? [] : [`--context=${context}`];
  if (kubeconfig === "") return named;
  const file = join(folder, "kubeconfig");
  await writeFile(file, kubeconfig, { mode: 0o600 });
  return [`--kubeconfig=${file}`, ...named];
}

async function startProxy(
  folder: string,
  options: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Proxy> {
  const argv = ["-c", tied, folder, "proxy", `--unix-socket=${socketIn(folder)}`, ...options];
  const proxy = spawn("/bin/sh", argv, { env: { ...env }, stdio: ["pipe", "pipe", "pipe"] });
  proxy.stdin.on("error", () => undefined);
  const said = text(proxy.stderr);
  const outcome = await Promise.race([
    once(proxy.stdout, "data").then(() => "serving" as const),
    once(proxy, "close").then(() => "ended" as const),
    new Promise<"late">((resolve) => setTimeout(resolve, startMs, "late" as const).unref()),
  ]);
  if (outcome !== "serving") {
    proxy.stdin.end();
    throw proxy.exitCode === notFound ? missing() : notStarted(await said);
  }
  await chmod(socketIn(folder), 0o600);
  proxy.stdout.resume();
  return proxy;
}

function missing(): BelayError {
  const remedy = "Install kubectl in a step before this one; hosted runners have it.";
  return new BelayError("tool-missing", "kubectl cannot be started on the runner", remedy);
}

function notStarted(said: string): BelayError {
  const why =
    said
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^error: /i, "") ?? "";
  return new BelayError(
    "cluster-denied",
    `kubectl cannot use the kubeconfig: ${why === "" ? "it gave no reason" : why}`,
    "Check `kubeconfig` and `context`: `kubectl config get-contexts` lists what a kubeconfig holds.",
  );
}

function socketIn(folder: string): string {
  return join(folder, "socket");
}

interface Behind {
  readonly folder: string;
  readonly options: readonly string[];
  readonly processes: Processes;
  readonly config: ProcessResult;
}

function clusterBehind(proxy: Proxy, { folder, options, processes, config }: Behind): Cluster {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const socketPath = socketIn(folder);
  const ended = once(proxy, "close");
  return {
    config,
    request: (request) => ask(request, { socketPath, agent }),
    stream: (path, signal) => stream(path, signal, socketPath),
    kubectl: (args, signal) =>
      processes.run(["kubectl", ...options, ...args], signal === undefined ? {} : { signal }),
    close: async () => {
      agent.destroy();
      proxy.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

interface Way {
  readonly socketPath: string;
  readonly agent?: http.Agent;
}

async function ask(request: ClusterRequest, way: Way): Promise<ClusterAnswer> {
  const limit = AbortSignal.timeout(Math.ceil(request.timeoutMs ?? answerMs));
  const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
  try {
    const answer = await open(request, way, signal);
    return {
      status: answer.statusCode ?? 0,
      body: await text(answer),
      warnings: warningsOf(answer),
    };
  } catch (cause) {
    if (request.signal?.aborted === true) throw new NoAnswer("cancelled", { cause });
    const why = limit.aborted ? "no answer in time" : messageOf(cause);
    throw new NoAnswer(`the API server: ${why}`, { cause });
  }
}

async function* stream(
  path: string,
  signal: AbortSignal,
  socketPath: string,
): AsyncIterable<string> {
  // Streams end when they do: none may hold up a request behind it.
  let answer: http.IncomingMessage;
  try {
    answer = await open({ method: "GET", path }, { socketPath }, signal);
  } catch (cause) {
    if (signal.aborted) return;
    throw new NoAnswer(`the API server: ${messageOf(cause)}`, { cause });
  }
  if (answer.statusCode !== 200) {
    const status = answer.statusCode ?? 0;
    throw new RefusedStream({ status, body: await text(answer), warnings: warningsOf(answer) });
  }
  let broken: unknown;
  answer.once("error", (failure) => (broken = failure));
  for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) yield line;
  if (broken !== undefined && !signal.aborted)
    throw new NoAnswer(`the API server: ${messageOf(broken)}`, { cause: broken });
}

function open(
  { method, path, body, contentType = "application/json" }: ClusterRequest,
  { socketPath, agent }: Way,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  // The proxy answers only who asks for this machine.
  const headers = { host: "localhost", accept: "application/json", ...length };
  const typed = body === undefined ? headers : { ...headers, "content-type": contentType };
  return new Promise((resolve, reject) => {
    const sent = http.request({
      socketPath,
      method,
      path,
      headers: typed,
      signal,
      agent: agent ?? false,
    });
    sent.once("response", resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

/** `299 - "text"`, several of them joined by commas. */
function warningsOf({ headers }: http.IncomingMessage): readonly string[] {
  const header = [headers.warning ?? []].flat().join(", ");
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, said = ""]) =>
    said.replace(/\\(.)/g, "$1"),
  );
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
