import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { until } from "../until.js";

/** A server program that runs until it is ended, and that ends with this process at the latest. */
export interface Daemon {
  readonly pid: number;
  /** All that it has printed. */
  log(): Promise<string>;
  /** Asks `answers` until it says yes; throws with the log when the program has ended instead. */
  ready(answers: () => Promise<boolean>, timeoutMs?: number): Promise<void>;
  /** Ends it with `signal`, and with SIGKILL when it takes longer than `graceMs`; then it is gone. */
  end(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
}

export interface DaemonOptions {
  /** The file that takes what it prints; appended to. */
  readonly logFile: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `argv` in a session of its own, so that a Ctrl-C on the terminal is ours to pass on. */
export function startDaemon(argv: readonly string[], options: DaemonOptions): Daemon {
  const output = openSync(options.logFile, "a", 0o600);
  const child = spawn("setpriv", ["--pdeathsig", "TERM", ...argv], {
    cwd: options.cwd ?? "/",
    env: options.env ?? { ...process.env, PATH: serverPath() },
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  let failure: Error | undefined;
  child.once("error", (error) => (failure = error));
  const log = (): Promise<string> => readFile(options.logFile, "utf8").catch(() => "");
  const ended = (): boolean =>
    failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  const gone = (timeoutMs: number): Promise<true> =>
    until(`${argv[0] ?? ""} to end`, ended, { timeoutMs });
  return {
    pid: child.pid ?? 0,
    log,
    ready: async (answers, timeoutMs = 30_000) => {
      await until(
        `${argv[0] ?? ""} to answer`,
        async () => {
          if (ended()) throw new Error(`${argv[0] ?? ""} ended: ${(await log()).slice(-2000)}`);
          return answers().catch(() => false);
        },
        { timeoutMs },
      );
    },
    end: async (signal = "SIGTERM", graceMs = 10_000) => {
      if (ended()) return;
      child.kill(signal);
      await gone(graceMs).catch(() => child.kill("SIGKILL"));
      await gone(10_000);
    },
  };
}

/** PATH with the folders where Debian keeps servers, which users other than root do not have on theirs. */
export function serverPath(): string {
  return `${process.env["PATH"] ?? "/usr/bin:/bin"}:/usr/local/sbin:/usr/sbin:/sbin`;
}
