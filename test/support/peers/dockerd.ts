import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { mustRun, type ProgramOptions } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { removeCgroup, removeUnusedCgroups } from "./cgroups.js";
import { containerdSocket, endLeftovers, startContainerd } from "./containerd.js";
import { runtimeOptions } from "./container-runtime.js";
import { type Daemon, serverPath, startDaemon } from "./daemon.js";
import { publishPlugins, writeDockerConfig } from "./docker-config.js";
import {
  abandonedDockerNetworks,
  type DockerNetwork,
  ownerFile,
  takeDockerNetwork,
} from "./docker-network.js";
import { unmountBelow } from "./mounts.js";

export interface DockerdOptions {
  /** The id of a group whose members may use the socket; default: root alone. */
  readonly group?: number;
  /** Further options of dockerd. */
  readonly options?: readonly string[];
}

/** A Docker daemon of one's own, with its own containers, images, networks and addresses. */
export interface Dockerd {
  /** All that `docker` needs to reach it: PATH, HOME, DOCKER_HOST, DOCKER_CONFIG. */
  readonly env: Readonly<Record<string, string>>;
  readonly socket: string;
  /** Where compose and buildx lie, for a DOCKER_CONFIG of another user (`writeDockerConfig`). */
  readonly plugins: string;
  /** The id of dockerd's process at the moment. */
  pid(): number;
  /** Runs `docker` and returns its standard output; rejects with what it said. */
  docker(args: readonly string[], options?: ProgramOptions): Promise<string>;
  /** Ends dockerd with `signal` (SIGKILL: a crash) and starts it again; ready when it returns. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** What dockerd has logged so far. */
  log(): Promise<string>;
  /** Ends it with all of its containers, networks, mounts and folders. */
  stop(): Promise<void>;
}

/**
 * Starts dockerd as root. Ports that containers publish are reached on 127.0.0.1; containers reach
 * each other and this machine, but not the internet: dockerd is kept from changing the machine's
 * firewall, which another dockerd may hold.
 */
export async function startDockerd(options: DockerdOptions = {}): Promise<Dockerd> {
  await cleanUpAbandoned();
  const folder = await scratchFolder("dockerd");
  await writeFile(join(folder, ownerFile), String(process.pid));
  let network: DockerNetwork | undefined;
  let containerd: Daemon | undefined;
  try {
    network = await takeDockerNetwork(folder);
    containerd = await startContainerd(folder);
    const env = await clientEnvironment(folder);
    const more = [...(await runtimeOptions(folder)), ...(options.options ?? [])];
    const start = serverOf(folder, network, { ...options, options: more });
    return dockerd(folder, network, containerd, env, start, await start());
  } catch (failure) {
    await containerd?.end();
    if (network === undefined) await removeFolder(folder);
    else await cleanUp(folder, network);
    throw failure;
  }
}

function dockerd(
  folder: string,
  network: DockerNetwork,
  containerd: Daemon,
  env: Readonly<Record<string, string>>,
  start: () => Promise<Daemon>,
  first: Daemon,
): Dockerd {
  let server = first;
  const docker: Dockerd["docker"] = (args, given = {}) =>
    mustRun(["docker", ...args], { ...given, env: { ...env, ...given.env } });
  return {
    env,
    socket: socketIn(folder),
    plugins: join(folder, pluginsFolder),
    pid: () => server.pid,
    docker,
    restart: async (signal = "SIGTERM") => {
      await server.end(signal, 30_000);
      server = await start();
    },
    log: () => server.log(),
    stop: async () => {
      // Of a daemon that no longer answers the rest is taken away below.
      await removeAll(docker).catch(() => undefined);
      await server.end("SIGTERM", 20_000);
      await containerd.end();
      await cleanUp(folder, network);
    },
  };
}

/** Starts dockerd, at first and again, always in the same folders. */
function serverOf(folder: string, network: DockerNetwork, options: DockerdOptions) {
  const argv = ["dockerd", ...settings(folder, network, options)];
  return async (): Promise<Daemon> => {
    const server = startDaemon(argv, { logFile: join(folder, "dockerd.log") });
    try {
      await server.ready(() => answers(socketIn(folder)));
    } catch (failure) {
      await server.end();
      throw failure;
    }
    return server;
  };
}

function settings(folder: string, network: DockerNetwork, options: DockerdOptions): string[] {
  return [
    // That of the machine's own daemon is none of ours.
    `--config-file=${join(folder, "daemon.json")}`,
    `--data-root=${join(folder, "data")}`,
    `--exec-root=${join(folder, "exec")}`,
    `--pidfile=${join(folder, "pid")}`,
    `--host=unix://${socketIn(folder)}`,
    `--group=${String(options.group ?? 0)}`,
    `--containerd=${containerdSocket(folder)}`,
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--cgroup-parent=/${network.bridge}`,
    `--bridge=${network.bridge}`,
    `--default-address-pool=${network.pool}`,
    "--ip=127.0.0.1",
    "--iptables=false",
    "--ip6tables=false",
    "--ip-forward=false",
    "--ip-masq=false",
    "--userland-proxy=true",
    ...(options.options ?? []),
  ];
}

const pluginsFolder = "plugins";

function socketIn(folder: string): string {
  return join(folder, "docker.sock");
}

async function clientEnvironment(folder: string): Promise<Readonly<Record<string, string>>> {
  await writeFile(join(folder, "daemon.json"), "{}\n");
  const config = join(folder, "config");
  await publishPlugins(join(folder, pluginsFolder));
  await writeDockerConfig(config, join(folder, pluginsFolder));
  return {
    PATH: serverPath(),
    HOME: folder,
    DOCKER_HOST: `unix://${socketIn(folder)}`,
    DOCKER_CONFIG: config,
  };
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: "/_ping", timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once("timeout", () => asked.destroy(new Error("no answer")));
    asked.once("error", reject);
    asked.end();
  });
}

async function removeAll(docker: Dockerd["docker"]): Promise<void> {
  const ids = async (...list: readonly string[]): Promise<readonly string[]> =>
    (await docker(list)).split("\n").filter(Boolean);
  const containers = await ids("ps", "--all", "--quiet");
  if (containers.length > 0) await docker(["rm", "--force", "--volumes", ...containers]);
  const networks = await ids("network", "ls", "--quiet", "--filter", "type=custom");
  if (networks.length > 0) await docker(["network", "rm", ...networks]);
}

/** Takes away what killed test runs left behind. */
export async function cleanUpAbandoned(): Promise<void> {
  for (const left of await abandonedDockerNetworks()) {
    try {
      await cleanUp(left.folder, left.network);
    } catch (failure) {
      await left.giveBack().catch(() => undefined);
      throw failure;
    }
  }
}

/** Takes away what is left when neither dockerd nor containerd runs any more. */
async function cleanUp(folder: string, network: DockerNetwork): Promise<void> {
  await endLeftovers(folder);
  await removeCgroup(network.bridge);
  // Where buildx puts its builders, whatever the daemon was told.
  await removeUnusedCgroups(["docker/buildx", "docker"]);
  await unmountBelow(folder);
  await removeFolder(folder);
  await network.remove();
}
