import { chown } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asker } from "../src/gate/ask.js";
import { Gate } from "../src/gate/gate.js";
import { httpClient } from "../src/platform/http-client.js";
import { systemClock as clock } from "../src/platform/system-clock.js";
import { tcpClient as tcp } from "../src/platform/tcp-client.js";
import { gateInputs, httpCheck } from "../test/support/gate-inputs.js";
import { serverPath } from "../test/support/peers/daemon.js";
import { type Dockerd, startDockerd } from "../test/support/peers/dockerd.js";
import { webImage } from "../test/support/peers/images.js";
import { mustRun, runProgram } from "../test/support/program.js";
import { runAction } from "../test/support/run-action.js";
import { sshKey } from "../test/support/ssh-key.js";
import { startSshd } from "../test/support/sshd.js";
import { compare, type Comparison, type Figure, type Measured, timed } from "./measure.js";
import { sizeFigure } from "./start-up.js";

const index = join(import.meta.dirname, "../dist/health-gate/index.js");

/** An app on 127.0.0.1: `/slow?take=MS` answers after so long, `/` at once, with 200 from `healthyAt` on. */
export interface BenchApp {
  readonly url: string;
  /** By `performance.now()`. */
  healthyAt: number;
  stop(): Promise<void>;
}

/** Starts an app that is healthy from the start. */
export async function startBenchApp(): Promise<BenchApp> {
  const app = { healthyAt: 0 };
  const server = createServer(({ url = "" }, answer) => {
    const status = performance.now() >= app.healthyAt ? 200 : 503;
    const takeMs = Number(URL.parse(url, "http://x")?.searchParams.get("take") ?? 0);
    setTimeout(() => answer.writeHead(status).end("fine"), takeMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(app, {
    url: `http://127.0.0.1:${String(port)}/`,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  });
}

/** The comparisons of the gate; all are whole processes. */
export function gateRows(app: BenchApp): readonly Comparison[] {
  return [
    healthyRow(app),
    manyRow(app),
    badInputRow("bad input of the gate", { INPUT_URL: "app.example", INPUT_INTERVAL: "5 minutes" }),
    badInputRow("a bad list of checks", { INPUT_CHECKS: "- htpp: x\n- http: y\n  interval: 5" }),
  ];
}

const intervalMs = 200;

/** A healthy service: what the gate takes beyond the pauses that three answers in a row need. */
function healthyRow({ url }: BenchApp): Comparison {
  const inputs = { INPUT_URL: url, INPUT_INTERVAL: `${String(intervalMs)}ms` };
  return {
    name: "gate of a healthy service, without its two pauses",
    ours: "node dist/health-gate/index.js",
    peer: "curl and node -e 0",
    target: 2,
    runOurs: async () => (await timed(() => pass(inputs))) - 2 * intervalMs,
    runPeer: () =>
      timed(async () => {
        await mustRun(["curl", "-fsS", url]);
        await mustRun([process.execPath, "-e", "0"]);
      }),
  };
}

/** Fifty checks, the slowest of which takes half a second, against that one alone. */
function manyRow({ url }: BenchApp): Comparison {
  const check = (takeMs: number): string => `- http: ${url}slow?take=${String(takeMs)}`;
  const all = Array.from({ length: 50 }, (_, at) => check((at + 1) * 10));
  const run = (checks: string) => timed(() => pass({ INPUT_CHECKS: checks, INPUT_SUCCESSES: "1" }));
  return {
    name: "gate of 50 checks",
    ours: "all of them",
    peer: "the slowest alone",
    target: 1.3,
    runOurs: () => run(all.join("\n")),
    runPeer: () => run(check(500)),
  };
}

function badInputRow(name: string, env: Readonly<Record<string, string>>): Comparison {
  return {
    name,
    ours: "node dist/health-gate/index.js",
    peer: "node -e 0",
    target: 2,
    runOurs: () =>
      timed(async () => {
        const { code } = await runProgram([process.execPath, index], { env });
        if (code !== 1) throw new Error(`bad input ended with exit code ${String(code)}`);
      }),
    runPeer: () => timed(() => mustRun([process.execPath, "-e", "0"])),
  };
}

async function pass(env: Readonly<Record<string, string>>): Promise<void> {
  await mustRun([process.execPath, index], { env });
}

/** How late the gate opens, in intervals after the last needed success was possible; the worst of 30 random starts. */
export async function latenessFigure(app: BenchApp): Promise<Figure> {
  const inputs = gateInputs([httpCheck({ url: app.url })], { intervalMs });
  let worst = 0;
  for (let run = 0; run < 30; run += 1) {
    app.healthyAt = performance.now() + 100 + Math.random() * 5 * intervalMs;
    const ask = asker({ http: httpClient({}), tcp, clock });
    await new Gate(inputs, { ask, clock }, { info: () => undefined }).open(
      new AbortController().signal,
    );
    const possible = app.healthyAt + 2 * intervalMs;
    worst = Math.max(worst, (performance.now() - possible) / intervalMs);
  }
  app.healthyAt = 0;
  return { name: "gate opens late, worst of 30", value: worst, unit: "x", target: 1 };
}

/** From the exit of a container to the end of the process that waited for it over SSH; the worst of five. */
export async function exitFigure(): Promise<Figure> {
  const key = sshKey();
  const dockerd = await startDockerd();
  const env = { PATH: serverPath(), DOCKER_HOST: `unix://${dockerd.socket}` };
  const sshd = await startSshd({ publicKeys: [key.publicKey], env });
  const connection = {
    host: `${sshd.user.name}@127.0.0.1:${String(sshd.port)}`,
    "known-hosts": sshd.knownHosts,
    "private-key": key.privateKey,
  };
  try {
    await webImage(dockerd, { name: "bench/web:1" });
    await chown(dockerd.socket, 0, sshd.user.gid);
    const times: number[] = [];
    while (times.length < 5) times.push(await timeToNotice(dockerd, connection));
    const name = "gate ends after its container exited, worst of 5";
    return { name, value: Math.max(...times), unit: "ms", target: 2000 };
  } finally {
    await sshd.stop();
    await dockerd.stop();
  }
}

async function timeToNotice(
  dockerd: Dockerd,
  connection: Readonly<Record<string, string>>,
): Promise<number> {
  const crash = ["--env=CRASH_AFTER=3000ms", "--env=NEVER_HEALTHY=1"];
  await dockerd.docker(["run", "-d", "--name=bench", ...crash, "bench/web:1"]);
  const inputs = { ...connection, checks: "- container: bench" };
  const result = await runAction({ action: "health-gate", inputs, workspace: tmpdir() });
  const ended = Date.now();
  if (!result.log.text.includes("bench exited"))
    throw new Error(`the gate did not see the exit: ${result.log.text}`);
  const format = "--format={{.State.FinishedAt}}";
  const exited = Date.parse((await dockerd.docker(["inspect", format, "bench"])).trim());
  await dockerd.docker(["rm", "-f", "bench"]);
  return ended - exited;
}

/** All figures of the gate. */
export async function measureGate(pairs: number): Promise<Measured> {
  const app = await startBenchApp();
  try {
    const comparisons = [];
    for (const row of gateRows(app)) comparisons.push(await compare(row, pairs));
    const size = await sizeFigure("health-gate", 1.4);
    return { comparisons, figures: [size, await latenessFigure(app), await exitFigure()] };
  } finally {
    await app.stop();
  }
}
