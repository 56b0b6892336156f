import { chown, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { runProgram } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { type Daemon, serverPath, startDaemon } from "./daemon.js";

export interface PgBouncerOptions {
  /** The port of the PostgreSQL on 127.0.0.1 whose databases it passes on. */
  readonly postgresPort: number;
  /** The folder of psql. */
  readonly bin: string;
  /** Name and password of each user; the server must know them likewise. */
  readonly users: Readonly<Record<string, string>>;
  /** Those it passes on, listed one by one in its console; default: any. */
  readonly databases?: readonly string[];
  readonly poolMode?: "session" | "transaction";
  /** Further lines of its `[pgbouncer]` section. */
  readonly config?: readonly string[];
}

/** PgBouncer on a free port of 127.0.0.1, in front of the databases of one server. */
export interface PgBouncer {
  readonly port: number;
  /** Runs a command of its console, such as `PAUSE shop`, and returns the rows, tab-separated. */
  admin(command: string): Promise<string>;
  log(): Promise<string>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const adminName = "pgbouncer_admin";

/** Starts PgBouncer, as user `nobody` where the tests run as root: it refuses to be root. */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const folder = await scratchFolder("pgbouncer");
  try {
    const port = await freePort();
    const config = await writeFiles(folder, port, options);
    const start = () => startServer(folder, config, port, options.bin);
    let server = await start();
    return {
      port,
      admin: (command) => ask(port, options.bin, command),
      log: () => server.log(),
      restart: async () => {
        await server.end("SIGTERM");
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

async function writeFiles(
  folder: string,
  port: number,
  options: PgBouncerOptions,
): Promise<string> {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const users = Object.entries({ ...options.users, [adminName]: adminName });
  const lines = users.map(([name, password]) => `${quoted(name)} ${quoted(password)}\n`);
  const config = join(folder, "pgbouncer.ini");
  const files = { "users.txt": lines.join(""), "pgbouncer.ini": settings(folder, port, options) };
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    if (process.getuid?.() === 0) await chown(path, ...(await nobody()));
  }
  return config;
}

function settings(folder: string, port: number, options: PgBouncerOptions): string {
  const server = `host=127.0.0.1 port=${String(options.postgresPort)}`;
  const databases = (options.databases ?? ["*"]).map((name) => `${name} = ${server}`);
  return `[databases]
${databases.join("\n")}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${String(port)}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, "users.txt")}
admin_users = ${adminName}
pool_mode = ${options.poolMode ?? "transaction"}
ignore_startup_parameters = extra_float_digits
${(options.config ?? []).join("\n")}
`;
}

async function startServer(
  folder: string,
  config: string,
  port: number,
  bin: string,
): Promise<Daemon> {
  const [uid, gid] = await nobody();
  const ids = [`--reuid=${String(uid)}`, `--regid=${String(gid)}`, "--clear-groups"];
  const as = process.getuid?.() === 0 ? ["setpriv", ...ids, "--pdeathsig", "TERM"] : [];
  const server = startDaemon([...as, "pgbouncer", config], { logFile: join(folder, "log") });
  try {
    await server.ready(async () => (await ask(port, bin, "SHOW VERSION")) !== "");
  } catch (failure) {
    await server.end("SIGKILL");
    throw failure;
  }
  return server;
}

async function ask(port: number, bin: string, command: string): Promise<string> {
  const env = { PATH: serverPath(), PGPASSWORD: adminName, PGCONNECT_TIMEOUT: "5" };
  const to = ["-h", "127.0.0.1", "-p", String(port), "-U", adminName, "-d", "pgbouncer"];
  const words = [join(bin, "psql"), "-X", "-A", "-t", "-F", "\t", ...to, "-c", command];
  const { code, stdout, stderr } = await runProgram(words, { env });
  if (code !== 0) throw new Error(`PgBouncer refused ${command}: ${stderr.trim()}`);
  return stdout.trim();
}

async function nobody(): Promise<[number, number]> {
  const accounts = (await readFile("/etc/passwd", "utf8")).split("\n");
  const fields = accounts.map((line) => line.split(":")).find(([name]) => name === "nobody");
  return [Number(fields?.[2] ?? 65_534), Number(fields?.[3] ?? 65_534)];
}
