import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Certificate } from "../certificate.js";
import { freePort } from "../free-port.js";
import { childrenOf } from "../processes.js";
import { mustRun } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { until } from "../until.js";
import { type Daemon, serverPath, startDaemon } from "./daemon.js";

export interface NginxPorts {
  readonly http: number;
  /** For `listen 127.0.0.1:PORT ssl`. */
  readonly tls: number;
}

export interface NginxOptions {
  /** What stands in `http { … }`: servers and upstreams, which listen on 127.0.0.1 and these ports. */
  readonly config: (folder: string, ports: NginxPorts) => string;
  /** Written as `FOLDER/tls/cert.pem` and `FOLDER/tls/key.pem`. */
  readonly certificate?: Certificate;
}

/** The machine's nginx with a configuration of one's own, on free ports of 127.0.0.1. */
export interface Nginx {
  readonly port: number;
  /** Free, and in use only where the configuration listens on it. */
  readonly tlsPort: number;
  /** Holds `site.conf` (what `config` gave), `tls/`, `www/`, `access.log`, `error.log`. */
  readonly folder: string;
  /** The words that start this nginx, to which `-t` or `-s reload` may be added. */
  readonly command: readonly string[];
  /** Replaces the configuration (or a certificate before), has nginx check it, and returns when no old worker serves any more. */
  reload(config?: NginxOptions["config"]): Promise<void>;
  /** What it has written into `error.log`. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts nginx; `FOLDER/www` is empty and there for files to be served. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = await scratchFolder("nginx");
  const ports = { http: await freePort(), tls: await freePort() };
  const files = ["-e", join(folder, "error.log"), "-c", join(folder, "nginx.conf")];
  const command = ["nginx", "-p", `${folder}/`, ...files];
  let server: Daemon | undefined;
  try {
    await prepare(folder, options.certificate);
    const write = (config: NginxOptions["config"]) =>
      writeFile(join(folder, "site.conf"), config(folder, ports));
    await write(options.config);
    server = await startServer(folder, command);
    return nginx(folder, ports, command, server, write);
  } catch (failure) {
    await server?.end("SIGKILL");
    await removeFolder(folder);
    throw failure;
  }
}

function nginx(
  folder: string,
  ports: NginxPorts,
  command: readonly string[],
  server: Daemon,
  write: (config: NginxOptions["config"]) => Promise<void>,
): Nginx {
  return {
    port: ports.http,
    tlsPort: ports.tls,
    folder,
    command,
    reload: async (config) => {
      if (config !== undefined) await write(config);
      const before = await childrenOf(server.pid);
      await mustRun([...command, "-t", "-q"], at);
      await mustRun([...command, "-s", "reload"], at);
      await until("nginx's old workers to end", async () => {
        const now = await childrenOf(server.pid);
        return now.length > 0 && !now.some((worker) => before.includes(worker));
      });
    },
    log: () => readFile(join(folder, "error.log"), "utf8"),
    stop: async () => {
      await server.end("SIGTERM");
      await removeFolder(folder);
    },
  };
}

const at = { env: { PATH: serverPath() } };

async function prepare(folder: string, certificate: Certificate | undefined): Promise<void> {
  for (const name of ["tls", "www", "tmp"]) await mkdir(join(folder, name));
  if (certificate !== undefined) {
    await writeFile(join(folder, "tls/cert.pem"), certificate.cert);
    await writeFile(join(folder, "tls/key.pem"), certificate.key, { mode: 0o600 });
  }
  await writeFile(join(folder, "nginx.conf"), mainConfig(folder));
}

function mainConfig(folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `  ${name}_temp_path ${folder}/tmp/${name};`,
  );
  return `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log notice;
events { worker_connections 512; }
http {
  access_log ${folder}/access.log;
  default_type application/octet-stream;
${temporary.join("\n")}
  include ${folder}/site.conf;
}
`;
}

async function startServer(folder: string, command: readonly string[]): Promise<Daemon> {
  const server = startDaemon(command, { logFile: join(folder, "output.log") });
  try {
    // Workers start only once all ports are open.
    await server.ready(async () => (await childrenOf(server.pid)).length > 0);
  } catch (failure) {
    await server.end("SIGKILL");
    throw failure;
  }
  return server;
}
