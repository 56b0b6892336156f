import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { removeFolder, scratchFolder } from "../scratch.js";
import { builtProgram } from "./built-programs.js";
import { removeCgroup } from "./cgroups.js";
import { type Daemon, serverPath, startDaemon } from "./daemon.js";
import type { Dockerd } from "./dockerd.js";
import { unmountBelow } from "./mounts.js";

export interface BuildkitdOptions {
  /** Addresses of registries that are spoken to by plain http. */
  readonly registries?: readonly string[];
  /** One of them that has what docker.io would be asked for. */
  readonly mirror?: string;
  /** Where its layers and its cache lie; default: a folder of its own. */
  readonly root?: string;
}

/** BuildKit's daemon, to be used by buildx as a builder with driver `remote`. */
export interface Buildkitd {
  /** `unix://…`, the endpoint of `docker buildx create --driver remote`. */
  readonly address: string;
  /** Makes it the builder `name` of this daemon's clients. */
  createBuilder(dockerd: Dockerd, name: string): Promise<void>;
  log(): Promise<string>;
  /** Starts it again; its cache stays. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts buildkitd as root; what `RUN` starts has the network of the machine. */
export async function startBuildkitd(options: BuildkitdOptions = {}): Promise<Buildkitd> {
  const folder = await scratchFolder("buildkitd");
  try {
    const program = await builtProgram("buildkitd");
    await writeFile(join(folder, "buildkitd.toml"), settings(folder, options));
    const first = await start(folder, program);
    return buildkitd(folder, rootIn(folder, options), program, first);
  } catch (failure) {
    await removeFolder(folder);
    throw failure;
  }
}

function buildkitd(folder: string, root: string, program: string, first: Daemon): Buildkitd {
  let server = first;
  const address = `unix://${socketIn(folder)}`;
  return {
    address,
    createBuilder: async (dockerd, name) => {
      const words = ["--driver", "remote", "--name", name, address];
      await dockerd.docker(["buildx", "create", ...words]);
    },
    log: () => server.log(),
    restart: async () => {
      await server.end();
      server = await start(folder, program);
    },
    stop: async () => {
      await server.end();
      await removeCgroup(cgroupOf(folder));
      for (const place of [root, folder]) await unmountBelow(place);
      await removeFolder(folder);
    },
  };
}

function settings(folder: string, options: BuildkitdOptions): string {
  const { registries = [], mirror } = options;
  const mirrored =
    mirror === undefined ? "" : `[registry."docker.io"]\n  mirrors = ["${mirror}"]\n`;
  return `root = "${rootIn(folder, options)}"
[grpc]
  address = ["unix://${socketIn(folder)}"]
[otel]
  socketPath = "${join(folder, "otel.sock")}"
[worker.oci]
  enabled = true
  binary = "runc"
  networkMode = "host"
  defaultCgroupParent = "${cgroupOf(folder)}"
[worker.containerd]
  enabled = false
${registries.map((address) => `[registry."${address}"]\n  http = true\n`).join("")}${mirrored}`;
}

function rootIn(folder: string, { root }: BuildkitdOptions): string {
  return root ?? join(folder, "root");
}

function socketIn(folder: string): string {
  return join(folder, "buildkitd.sock");
}

/** As unlike any other as the folder. */
function cgroupOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("/") + 1);
}

async function start(folder: string, program: string): Promise<Daemon> {
  const server = startDaemon([program, "--config", join(folder, "buildkitd.toml")], {
    logFile: join(folder, "log"),
    env: { PATH: serverPath(), HOME: folder, XDG_RUNTIME_DIR: folder },
  });
  try {
    await server.ready(() => connects(socketIn(folder)));
  } catch (failure) {
    await server.end();
    throw failure;
  }
  return server;
}

function connects(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
