import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { mustRun } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { type Daemon, serverPath, startDaemon } from "./daemon.js";

export interface RedisOptions {
  readonly password?: string;
  /** Such as `64mb`. */
  readonly maxmemory?: string;
  readonly appendonly?: boolean;
  /** Further lines of redis.conf. */
  readonly config?: readonly string[];
}

/** Redis on a free port of 127.0.0.1, with its data in a folder of its own. */
export interface Redis {
  readonly port: number;
  /** `redis://…`, with the password where there is one. */
  readonly url: string;
  /** Where `dump.rdb` and the append-only files lie. */
  readonly folder: string;
  /** Runs `redis-cli` against it and returns what it printed, without the last line's end. */
  cli(args: readonly string[]): Promise<string>;
  /** Ends it as a signal does (SIGKILL: a crash) and starts it again with the data it had. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

/** Starts redis-server; the password is in a private file, never in `ps`. */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const folder = await scratchFolder("redis");
  try {
    const port = await freePort();
    const config = join(folder, "redis.conf");
    await writeFile(config, settings(folder, port, options), { mode: 0o600 });
    const start = () => startServer(folder, config, port);
    let server = await start();
    return {
      port,
      url: url(port, options.password),
      folder,
      cli: (args) => cli(port, options.password, args),
      restart: async (signal) => {
        await server.end(signal);
        server = await start();
      },
      stop: async () => {
        await server.end("SIGKILL");
        await removeFolder(folder);
      },
    };
  } catch (failure) {
    await removeFolder(folder);
    throw failure;
  }
}

function settings(folder: string, port: number, options: RedisOptions): string {
  const lines = [
    "bind 127.0.0.1",
    `port ${String(port)}`,
    `dir ${folder}`,
    `appendonly ${options.appendonly === true ? "yes" : "no"}`,
    ...(options.password === undefined ? [] : [`requirepass ${JSON.stringify(options.password)}`]),
    ...(options.maxmemory === undefined ? [] : [`maxmemory ${options.maxmemory}`]),
    ...(options.config ?? []),
  ];
  return `${lines.join("\n")}\n`;
}

async function startServer(folder: string, config: string, port: number): Promise<Daemon> {
  const server = startDaemon(["redis-server", config], { logFile: join(folder, "log") });
  try {
    await server.ready(async () => /^(?:\+PONG|-NOAUTH)/.test(await ping(port)));
  } catch (failure) {
    await server.end("SIGKILL");
    throw failure;
  }
  return server;
}

/** The first answer; `-LOADING` while it reads its data. */
function ping(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: 2000 }, () =>
      socket.write("PING\r\n"),
    );
    socket.once("data", (bytes) => {
      resolve(bytes.toString());
      socket.destroy();
    });
    socket.once("timeout", () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
  });
}

function url(port: number, password: string | undefined): string {
  const login = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
  return `redis://${login}127.0.0.1:${String(port)}`;
}

async function cli(
  port: number,
  password: string | undefined,
  args: readonly string[],
): Promise<string> {
  const env = {
    PATH: serverPath(),
    ...(password === undefined ? {} : { REDISCLI_AUTH: password }),
  };
  const words = ["redis-cli", "-e", "-h", "127.0.0.1", "-p", String(port), ...args];
  return (await mustRun(words, { env })).replace(/\n$/, "");
}
