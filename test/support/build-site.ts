import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { freePort } from "./free-port.js";
import { type Buildkitd, startBuildkitd } from "./peers/buildkitd.js";
import { type Dockerd, startDockerd } from "./peers/dockerd.js";
import { staticBusybox } from "./peers/images.js";
import { type Registry, startRegistry } from "./peers/registry.js";
import { startAll } from "./peers/stop-after.js";
import { mustRun } from "./program.js";
import { type ActionResult, type RunningAction, startAction } from "./run-action.js";
import { removeFolder, scratchFolder } from "./scratch.js";

export const registryPassword = "the-registry's own pass-word";
export const defaultBranch = { repository: { default_branch: "main", name: "climbing" } };

export interface BuildOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly facts?: Readonly<Record<string, string>>;
  readonly event?: unknown;
  /** RUNNER_TEMP, where a test looks at it afterwards. */
  readonly temp?: string;
}

export interface BuildSiteOptions {
  /** Where the builder keeps its layers; default: a folder of its own. */
  readonly builderRoot?: string;
}

/** A checkout with a Dockerfile, in which commits are made. */
export interface Checkout {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Commits everything at this moment (default: each a minute after the one before); its SHA. */
  commit(subject?: string): Promise<string>;
}

/** Docker, BuildKit and a registry with a password, and a checkout that is built there. */
export interface BuildSite {
  readonly dockerd: Dockerd;
  readonly registry: Registry;
  readonly buildkitd: Buildkitd;
  readonly image: string;
  readonly checkout: Checkout;
  start(options?: BuildOptions): Promise<RunningAction>;
  /** Runs main and post; fails nothing by itself. */
  build(options?: BuildOptions): Promise<ActionResult>;
  /** What the registry has under a tag: its digest; empty where there is none. */
  digestOf(tag: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it; the image is another one for each site. */
export async function startBuildSite({ builderRoot }: BuildSiteOptions = {}): Promise<BuildSite> {
  const folder = await scratchFolder("build");
  const [dockerd, registry, buildkitd] = await startAll(
    startDockerd(),
    startRegistry({ password: registryPassword }),
    startBuildkitd(builderRoot === undefined ? {} : { root: builderRoot }),
  ).catch(async (failure: unknown) => {
    await removeFolder(folder);
    throw failure;
  });
  await buildkitd.createBuilder(dockerd, "site");
  const checkout = await makeCheckout(folder);
  const image = `${registry.address}/ada/climbing`;
  const start = (options: BuildOptions = {}): Promise<RunningAction> =>
    startAction({
      action: "build-push-ghcr",
      workspace: folder,
      inputs: { image, ...loginInputs(registry.username), builder: "site", ...options.inputs },
      facts: { ...dockerd.env, ...options.facts },
      event: options.event ?? defaultBranch,
      ...(options.temp !== undefined && { temp: options.temp }),
    });
  return {
    ...{ dockerd, registry, buildkitd, image, checkout, start },
    build: async (options) => {
      const running = await start(options);
      const result = await running.done;
      await running.post();
      return result;
    },
    digestOf: (tag) => digestOf(registry, "ada/climbing", tag),
    stop: async () => {
      await buildkitd.stop();
      await registry.stop();
      await dockerd.stop();
      await removeFolder(folder);
    },
  };
}

export function loginInputs(username: string): Readonly<Record<string, string>> {
  return { username, password: registryPassword, "github-token": "ghs-a-token-of-the-job" };
}

/** Asks the registry as any client would. */
export async function askRegistry(
  registry: Registry,
  path: string,
  options: RequestInit = {},
): Promise<Response> {
  const basic = Buffer.from(`${registry.username}:${registryPassword}`).toString("base64");
  const accept =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
  return fetch(`http://${registry.address}/v2/${path}`, {
    ...options,
    headers: { authorization: `Basic ${basic}`, accept },
  });
}

async function digestOf(registry: Registry, repository: string, tag: string): Promise<string> {
  const answer = await askRegistry(registry, `${repository}/manifests/${tag}`, { method: "HEAD" });
  return answer.ok ? (answer.headers.get("docker-content-digest") ?? "") : "";
}

/** A base of busybox with all its commands, which the Dockerfiles of tests start from. */
export const busyboxLines = [
  "FROM scratch AS base",
  "COPY busybox /bin/busybox",
  'RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir -p /tmp && /bin/busybox --install -s /bin"]',
].join("\n");

async function makeCheckout(folder: string): Promise<Checkout> {
  const git = ["git", "-C", folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  await mustRun(["git", "init", "-q", "-b", "main", folder]);
  await copyFile(await staticBusybox(), join(folder, "busybox"));
  let minutes = 0;
  const checkout: Checkout = {
    folder,
    write: async (files) => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
    },
    commit: async (subject = "a change") => {
      const date = new Date(Date.UTC(2026, 0, 2, 3, (minutes += 1))).toISOString();
      const env = { ...(process.env as Record<string, string>) };
      Object.assign(env, { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });
      await mustRun([...git, "add", "-A"], { env });
      await mustRun([...git, "commit", "-q", "--allow-empty", "-m", subject], { env });
      return (await mustRun([...git, "rev-parse", "HEAD"])).trim();
    },
  };
  await checkout.write({
    Dockerfile: `${busyboxLines}\nCMD ["/bin/sh"]\n`,
    ".dockerignore": ".git\n",
  });
  return checkout;
}

/** A port of this machine that nobody listens on. */
export async function deadAddress(): Promise<string> {
  return `127.0.0.1:${String(await freePort())}`;
}
