import { chmod, chown, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { composeFile, nginxConf } from "./compose-stack.js";
import { type DeployHost, startSshdHost } from "./deploy-host.js";
import { freePort } from "./free-port.js";
import type { Dockerd } from "./peers/dockerd.js";
import { writeDockerConfig } from "./peers/docker-config.js";
import { type ActionResult, startAction } from "./run-action.js";
import { removeFolder, scratchFolder } from "./scratch.js";

export type Inputs = Readonly<Record<string, string>>;

/** A project that a workflow deploys over real SSH as a user who is not root. */
export interface ComposeSite {
  readonly url: string;
  readonly path: string;
  readonly host: DeployHost;
  /** How a workflow reaches the server. */
  readonly connection: Inputs;
  /** Lets the user in to docker, as `usermod -aG docker` does. */
  allow(): Promise<void>;
  deploy(version: string, over?: Inputs): Promise<ActionResult>;
  operate(operation: string, over?: Inputs): Promise<ActionResult>;
  answer(): Promise<string>;
  stop(): Promise<void>;
}

/** `env` is what a login has besides. */
export async function makeComposeSite(
  dockerd: Dockerd,
  env: Readonly<Record<string, string>> = {},
): Promise<ComposeSite> {
  const host = await startSshdHost([], undefined, env);
  const [workspace, port] = await Promise.all([scratchFolder("workspace"), freePort()]);
  const home = host.home.path;
  const path = join(home, "shop");
  const config = join(home, "docker-config");
  await writeDockerConfig(config, dockerd.plugins);
  const { uid, gid } = await stat(home);
  for (const file of [config, join(config, "config.json")]) await chown(file, uid, gid);
  const docker = `#!/bin/sh\nDOCKER_HOST='${dockerd.env["DOCKER_HOST"] ?? ""}' DOCKER_CONFIG='${config}' exec /usr/bin/docker "$@"\n`;
  await writeFile(join(home, "bin/docker"), docker);
  await chmod(join(home, "bin/docker"), 0o755);
  const url = `http://127.0.0.1:${String(port)}`;
  const connection = {
    host: `${host.user}@127.0.0.1:${String(host.port)}`,
    "private-key": host.privateKey,
    "known-hosts": `[127.0.0.1]:${String(host.port)} ${host.hostKey}`,
    path,
  };
  const deployInputs = {
    ...connection,
    strategy: "compose",
    proxy: "nginx:nginx",
    drain: "10s",
    "health-url": url,
    "health-interval": "200ms",
    "health-timeout": "60s",
  };
  let run = 1000;
  const start = async (inputs: Inputs): Promise<ActionResult> => {
    run += 1;
    const facts = { GITHUB_SHA: String(run).padStart(40, "a"), GITHUB_RUN_ID: String(run) };
    return (await startAction({ inputs, workspace, facts })).done;
  };
  return {
    url,
    path,
    host,
    connection,
    allow: async () => {
      await chown(dockerd.socket, 0, gid);
      await chmod(dockerd.socket, 0o660);
    },
    deploy: async (version, over = {}) => {
      const files = { "compose.yaml": composeFile(version, port, path), "nginx.conf": nginxConf };
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(workspace, name)), { recursive: true });
        await writeFile(join(workspace, name), text);
      }
      return start({ ...deployInputs, "health-expect": `"${version}"`, ...over });
    },
    operate: (operation, over = {}) => start({ ...connection, operation, ...over }),
    answer: async () => {
      const { version } = (await (await fetch(url)).json()) as Readonly<Record<string, string>>;
      return version ?? "";
    },
    stop: async () => {
      await host.stop();
      await removeFolder(workspace);
    },
  };
}
