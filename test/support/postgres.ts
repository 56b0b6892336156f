import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { createDatabase, database, type Database } from "./database.js";
import { freePort } from "./free-port.js";
import { findPostgres, installPostgres, type PostgresPrograms } from "./postgres-programs.js";
import { mustRun } from "./program.js";
import { removeFolder, scratchFolder } from "./scratch.js";
import { until } from "./until.js";

export type { Database } from "./database.js";

/** A PostgreSQL cluster of one's own on 127.0.0.1; its role `app` owns its database `app`. */
export interface Postgres extends Database {
  /** The folder of its programs, to be put first in a PATH. */
  readonly bin: string;
  /** Runs SQL as the superuser, in the database `postgres` unless another is named. */
  admin(sql: string, name?: string): Promise<string>;
  /** Makes a further database with an owner of the same name. */
  createDatabase(name: string, password?: string): Promise<Database>;
  /** Ends the server as a crash does (SIGQUIT: no checkpoint, all sessions cut), or as asked; what was committed is kept. */
  shutDown(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on its port, by way of recovery where that is needed. */
  startAgain(): Promise<void>;
  /** Ends the cluster (immediately, nothing is kept) and removes its folder. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Those of another version. */
  readonly programs?: PostgresPrograms;
  /** Further settings, such as `{ work_mem: "1MB" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where the data lie; default a scratch folder. It is the caller's to remove. */
  readonly dataIn?: string;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Starts a cluster in a scratch folder on a free port. It ends with this process at the latest. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const found = options.programs ?? (await findPostgres());
  if (found === undefined) {
    throw new Error(`PostgreSQL's programs were not found: ${installPostgres}`);
  }
  const folder = await scratchFolder("postgres");
  let server: ChildProcess | undefined;
  try {
    const account = await unprivileged();
    const bin = await reachable(found, folder);
    const password = randomSecret();
    await initialize(bin, folder, account, password);
    const port = await freePort();
    const root = database(bin, port, "postgres", "postgres", password);
    const start = async (): Promise<ChildProcess> => {
      server = startServer(bin, folder, port, account, options.settings ?? {});
      await ready(root, server);
      return server;
    };
    return await postgres(bin, folder, root, start);
  } catch (error) {
    await stop(server, folder);
    throw error;
  }
}

async function postgres(
  bin: string,
  folder: string,
  root: Database,
  start: () => Promise<ChildProcess>,
): Promise<Postgres> {
  let server = await start();
  return {
    ...(await createDatabase(bin, root, "app", randomSecret())),
    bin,
    admin: (sql, name = root.name) =>
      database(bin, root.port, name, root.user, root.password).query(sql),
    createDatabase: (name, password = randomSecret()) => createDatabase(bin, root, name, password),
    shutDown: (signal) => end(server, signal),
    startAgain: async () => {
      server = await start();
    },
    stop: () => stop(server, folder),
  };
}

function randomSecret(): string {
  return randomBytes(12).toString("hex");
}

/** The programs where other users can run them too: an installation in a private cache is copied. */
async function reachable({ bin, home }: PostgresPrograms, folder: string): Promise<string> {
  for (let above = bin; above !== dirname(above); above = dirname(above)) {
    if (((await stat(above)).mode & 0o001) !== 0) continue;
    await cp(home, join(folder, "programs"), { recursive: true });
    return join(folder, "programs", relative(home, bin));
  }
  return bin;
}

async function initialize(
  bin: string,
  folder: string,
  account: Account | undefined,
  password: string,
): Promise<void> {
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) {
    await chown(data, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const initdb = [join(bin, "initdb"), "--no-sync", "--no-instructions", "-A", "scram-sha-256"];
  const words = [
    `--pwfile=${passwordFile}`,
    "-E",
    "UTF8",
    "--locale=C",
    "-U",
    "postgres",
    "-D",
    data,
  ];
  await mustRun([...as(account), ...initdb, ...words], { cwd: "/" });
}

function startServer(
  bin: string,
  folder: string,
  port: number,
  account: Account | undefined,
  settings: Readonly<Record<string, string>>,
): ChildProcess {
  const all = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
    shared_buffers: "16MB",
    max_wal_size: "64MB",
    log_min_messages: "fatal",
    ...settings,
  };
  const words = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [program = "", ...rest] = [
    ...as(account, "INT"),
    join(bin, "postgres"),
    "-D",
    join(folder, "data"),
    ...words,
  ];
  return spawn(program, rest, { cwd: "/", stdio: "ignore" });
}

async function ready(root: Database, server: ChildProcess): Promise<void> {
  await until("PostgreSQL to answer", async () => {
    if (server.exitCode !== null)
      throw new Error(`postgres ended with exit code ${String(server.exitCode)}`);
    return root.query("select 1").then(
      () => true,
      () => false,
    );
  });
}

async function stop(server: ChildProcess | undefined, folder: string): Promise<void> {
  if (server !== undefined) await end(server);
  await removeFolder(folder);
}

async function end(server: ChildProcess, signal: NodeJS.Signals = "SIGQUIT"): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill(signal);
  await ended;
}

/** PostgreSQL refuses to run as root: `postgres` or `nobody` then runs it, by setpriv; it dies with us. */
function as(account: Account | undefined, signal?: string): string[] {
  const death = signal === undefined ? [] : ["--pdeathsig", signal];
  if (account === undefined) return signal === undefined ? [] : ["setpriv", ...death];
  return [
    "setpriv",
    `--reuid=${String(account.uid)}`,
    `--regid=${String(account.gid)}`,
    "--clear-groups",
    ...death,
  ];
}

async function unprivileged(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile("/etc/passwd", "utf8"))
    .split("\n")
    .map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const fields = accounts.find(([name]) => name === wanted);
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(
    "PostgreSQL does not run as root, and there is neither a user postgres nor nobody",
  );
}
