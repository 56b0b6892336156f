import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { mustRun } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { type Daemon, serverPath, startDaemon } from "./daemon.js";

export interface RegistryOptions {
  /** With a password everything needs a login; default name: `belay`. */
  readonly username?: string;
  readonly password?: string;
}

/** A container registry (Docker's, version 2) on 127.0.0.1, by plain http; tags and manifests may be deleted. */
export interface Registry {
  /** `127.0.0.1:PORT`, the first part of an image's name. */
  readonly address: string;
  readonly username: string;
  /** The requests it has answered so far, as `GET /v2/… 200`. */
  requests(): Promise<readonly string[]>;
  /** Gives its user another password; the one before is refused from then on. */
  changePassword(password: string): Promise<void>;
  /** Ends it and keeps its port and its images. */
  shutDown(): Promise<void>;
  /** Starts it again, with all images. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an empty registry. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const folder = await scratchFolder("registry");
  const { username = "belay" } = options;
  let server: Daemon | undefined;
  try {
    const address = `127.0.0.1:${String(await freePort())}`;
    if (options.password !== undefined) await writeLogin(folder, username, options.password);
    const config = join(folder, "config.yml");
    await writeFile(config, settings(folder, address, options.password !== undefined));
    server = await start(folder, address);
    return registry(folder, address, username, server);
  } catch (failure) {
    await removeFolder(folder);
    throw failure;
  }
}

function registry(folder: string, address: string, username: string, first: Daemon): Registry {
  let server = first;
  return {
    address,
    username,
    requests: async () => requestsIn(await server.log()),
    changePassword: (password) => writeLogin(folder, username, password),
    shutDown: () => server.end(),
    restart: async () => {
      await server.end();
      server = await start(folder, address);
    },
    stop: async () => {
      await server.end("SIGKILL");
      await removeFolder(folder);
    },
  };
}

function settings(folder: string, address: string, login: boolean): string {
  const auth = `auth: {htpasswd: {realm: belay, path: ${join(folder, "htpasswd")}}}\n`;
  return `version: 0.1
log: {level: error, accesslog: {disabled: false}}
storage:
  filesystem: {rootdirectory: ${join(folder, "data")}}
  delete: {enabled: true}
http: {addr: "${address}", secret: belay}
${login ? auth : ""}`;
}

/** Only bcrypt is understood; the password goes by standard input. */
async function writeLogin(folder: string, username: string, password: string): Promise<void> {
  const options = { env: { PATH: serverPath() }, input: password };
  const line = await mustRun(["htpasswd", "-niB", "-C", "4", username], options);
  await writeFile(join(folder, "htpasswd"), line, { mode: 0o600 });
}

async function start(folder: string, address: string): Promise<Daemon> {
  const server = startDaemon(["docker-registry", "serve", join(folder, "config.yml")], {
    logFile: join(folder, "log"),
    env: { PATH: serverPath() },
  });
  try {
    // Without a login 401 is its answer.
    await server.ready(async () => [200, 401].includes(await statusOf(`http://${address}/v2/`)));
  } catch (failure) {
    await server.end("SIGKILL");
    throw failure;
  }
  return server;
}

function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { timeout: 2000, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once("timeout", () => asked.destroy(new Error("no answer")));
    asked.once("error", reject);
    asked.end();
  });
}

/** Of a line in the combined log format what was asked and how it was answered. */
function requestsIn(log: string): readonly string[] {
  return [...log.matchAll(/"([A-Z]+ \S+) HTTP\/[\d.]+" (\d{3})/g)].map(
    ([, asked = "", status = ""]) => `${asked} ${status}`,
  );
}
