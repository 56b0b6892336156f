import { chmod, cp, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { type ComposeSite, makeComposeSite } from "./compose-site.js";
import { djangoPython } from "./django-project.js";
import { freePort } from "./free-port.js";
import type { WorkflowResult, WorkflowRun } from "./peers/act.js";
import { type Dockerd, startDockerd } from "./peers/dockerd.js";
import { exampleWheels, pythonImage } from "./peers/python-image.js";
import { type Registry, startRegistry } from "./peers/registry.js";
import {
  buildkitImage,
  nginxImage,
  pgbouncerImage,
  postgresImage,
  redisImage,
} from "./peers/server-images.js";
import { type GitHubCache, startGitHubCache } from "./receivers/github-cache.js";
import { type Slack, startSlack } from "./receivers/slack.js";
import { removeFolder, scratchFolder } from "./scratch.js";
import {
  type EnvironmentSettings,
  makeTemplateRepository,
  type TemplateRepository,
} from "./template-repository.js";

const repository = join(import.meta.dirname, "../..");
const example = join(repository, "examples/django-compose");
const token = "ghs_plantedTokenOfTheJob0123456789";
const password = "plantedPasswordOfTheDatabase";
const signingKey = "planted-key-that-django-signs-with-and-calls-long-enough";

export type Environment = "production" | "staging";

/** The example as its owner sees it: a repository with the templates, a server that the README prepared, Slack. */
export interface DjangoComposeExample {
  readonly site: ComposeSite;
  readonly slack: Slack;
  /** What may stand in no log and in no message. */
  readonly secrets: readonly string[];
  /** Makes the file what `change` says, commits it on the branch of the environment and runs the push. */
  push(to: Environment, file: string, change: (text: string) => string): Promise<Push>;
  /** Runs another template for an environment, as somebody who presses the button. */
  dispatch(
    template: "rollback" | "backup-daily" | "restore-drill",
    of: Environment,
    inputs?: Readonly<Record<string, string>>,
  ): Promise<WorkflowResult>;
  /** What the page of an environment answers. */
  page(of: Environment): Promise<Readonly<Record<string, unknown>>>;
  /** How much memory the server says to have free. */
  available(kib: number): Promise<void>;
  stop(): Promise<void>;
}

export interface Push extends WorkflowResult {
  readonly sha: string;
}

const domains = { production: "eduaiia.com", staging: "staging.eduaiia.com" } as const;
const branches = { production: "main", staging: "staging" } as const;

/** Starts it; nothing is deployed yet. */
export async function startDjangoComposeExample(): Promise<DjangoComposeExample> {
  const dockerd = await startDockerd();
  const registry = await startRegistry({ username: "ada", password: token });
  const slack = await startSlack();
  const cache = await startGitHubCache();
  const memory = await scratchFolder("memory");
  await makeImages(dockerd, registry);
  const databasePort = String(await freePort());
  await startJobService(dockerd, databasePort);
  const site = await makeComposeSite(dockerd, { BELAY_MEMINFO: join(memory, "meminfo") });
  await site.allow();
  const paths = { production: site.path, staging: join(site.host.home.path, "staging") };
  await prepareServer(site, paths, memory);
  const templates = ["django-compose-ssh", "rollback", "backup-daily", "restore-drill"];
  const checkout = await makeTemplateRepository(templates, {
    "https://slack.com/api": slack.api,
    // The job's token logs in where the image goes, which for ghcr.io it does by itself.
    "          image: ghcr.io/": `          username: \${{ github.actor }}
          password: \${{ github.token }}
          image: ${registry.address}/`,
    "ghcr.io": registry.address,
    "127.0.0.1:5432": `127.0.0.1:${databasePort}`,
  });
  await commitExample(checkout, registry);
  const { git } = checkout;
  const runner = await runnerOf(dockerd, site, cache);
  let run = 100;
  const start = (
    template: string,
    of: Environment,
    trigger: Pick<WorkflowRun, "event" | "payload">,
  ): Promise<WorkflowResult> => {
    run += 1;
    const env = { ...runner.env, GITHUB_RUN_ID: String(run), GITHUB_RUN_NUMBER: String(run) };
    const settings = settingsOf(site, paths[of], slack, of);
    return checkout.run(template, settings, { ...runner, ...trigger, env });
  };
  const available = (kib: number): Promise<void> => tellMemory(memory, kib);
  await available(2_000_000);
  return {
    ...{ site, slack, available },
    secrets: [password, signingKey, token, slack.token, keyLine(site)],
    push: async (to, file, change) => {
      const before = await git("rev-parse", "HEAD");
      await git("checkout", "--quiet", "-B", branches[to]);
      const path = join(checkout.path, file);
      await writeFile(path, change(await readFile(path, "utf8")));
      await git("commit", "--quiet", "--all", "--allow-empty", "--message", `Change ${file}`);
      const sha = await git("rev-parse", "HEAD");
      const ref = `refs/heads/${branches[to]}`;
      const about = { default_branch: "main", name: "climbing", full_name: "ada/climbing" };
      const payload = { ref, before, after: sha, repository: about };
      return { sha, ...(await start("django-compose-ssh", to, { event: "push", payload })) };
    },
    dispatch: (template, of, inputs = {}) => {
      const payload = { ref: "refs/heads/main", inputs };
      return start(template, of, { event: "workflow_dispatch", payload });
    },
    page: async (of) => {
      const words = ["curl", "-sS", "-H", `Host: ${domains[of]}`, site.url];
      return JSON.parse((await site.host.run(words)).stdout) as Readonly<Record<string, unknown>>;
    },
    stop: async () => {
      await site.stop();
      await checkout.remove();
      await removeFolder(memory);
      await slack.stop();
      await cache.stop();
      await registry.stop();
      await dockerd.stop();
    },
  };
}

/** The images that the compose file, the Dockerfile and the job name; none of them can be pulled here. */
async function makeImages(dockerd: Dockerd, registry: Registry): Promise<void> {
  const python = `${registry.address}/python:3.13-slim`;
  await Promise.all([
    postgresImage(dockerd, "postgres:16-alpine"),
    nginxImage(dockerd, "nginx:1.28-alpine"),
    pgbouncerImage(dockerd, "edoburu/pgbouncer:v1.24.1-p1"),
    redisImage(dockerd, "redis:7-alpine"),
    buildkitImage(dockerd, "moby/buildkit:buildx-stable-1"),
    pythonImage(dockerd, python),
  ]);
  const login = ["login", "--username", registry.username, "--password-stdin", registry.address];
  await dockerd.docker(login, { input: token });
  await dockerd.docker(["push", "--quiet", python]);
  await dockerd.docker(["logout", registry.address]);
}

interface Service {
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly options: string;
  readonly ports: readonly string[];
}

/** act passes over the services of a job: this starts the one of the workflow `test`, in that one's own words. */
async function startJobService(dockerd: Dockerd, port: string): Promise<void> {
  const text = await readFile(join(repository, ".github/workflows/test.yml"), "utf8");
  const { jobs } = parse(text) as {
    readonly jobs: { readonly django: { readonly services: { readonly postgres: Service } } };
  };
  const { image, env, options, ports } = jobs.django.services.postgres;
  const published = ports.map((words) => words.replace("127.0.0.1:5432:", `127.0.0.1:${port}:`));
  await dockerd.docker([
    ...["run", "--detach", ...options.split(" ")],
    ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...published.flatMap((words) => ["--publish", words]),
    image,
  ]);
}

/** What the example's README says to put on the server; stopping a container gives memory back there. */
async function prepareServer(
  site: ComposeSite,
  paths: Readonly<Record<Environment, string>>,
  memory: string,
): Promise<void> {
  const { home } = site.host;
  const values = {
    POSTGRES_PASSWORD: password,
    SECRET_KEY: signingKey,
    PRODUCTION_PATH: paths.production,
    STAGING_PATH: paths.staging,
    HTTP_ADDRESS: new URL(site.url).host,
  };
  const template = await readFile(join(example, "config/env.example"), "utf8");
  const kept = template
    .split("\n")
    .filter((line) => !Object.hasOwn(values, line.split("=", 1)[0] ?? ""));
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  await writeFile(join(home.path, "env"), [...kept, ...lines, ""].join("\n"), { mode: 0o644 });
  const steps = `set -eu
    for path in '${paths.production}' '${paths.staging}'; do
      mkdir -p "$path/shared/belay-proxy"
      cp '${home.path}/env' "$path/shared/.env"
    done
    mkdir -p '${paths.production}/shared/pgbouncer'
    echo '"aiia" "${password}"' >'${paths.production}/shared/pgbouncer/userlist.txt'`;
  const made = await site.host.run(["sh", "-c", steps]);
  if (made.code !== 0) throw new Error(made.stderr);
  const docker = join(home.path, "bin/docker");
  await rename(docker, `${docker}-itself`);
  const wrapper = `#!/bin/sh
case $1 in stop) echo 'MemAvailable: 2000000 kB' >'${memory}/meminfo' ;; esac
exec '${docker}-itself' "$@"
`;
  await writeFile(docker, wrapper);
  await chmod(docker, 0o755);
}

async function tellMemory(folder: string, kib: number): Promise<void> {
  const file = join(folder, "meminfo");
  await writeFile(file, `MemAvailable: ${String(kib)} kB\n`);
  await chmod(file, 0o666);
}

/** Puts the example into the repository, its base image where it can be had, and commits all of it. */
async function commitExample({ path, git }: TemplateRepository, registry: Registry): Promise<void> {
  await cp(example, path, { recursive: true });
  const dockerfile = join(path, "docker/Dockerfile.prod");
  const text = await readFile(dockerfile, "utf8");
  await writeFile(dockerfile, text.replaceAll("FROM python:", `FROM ${registry.address}/python:`));
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "The example");
}

/** What a hosted runner has: Docker, Python, packages, GitHub's cache, names that lead to the server. */
async function runnerOf(dockerd: Dockerd, site: ComposeSite, cache: GitHubCache) {
  const { DOCKER_HOST = "", DOCKER_CONFIG = "" } = dockerd.env;
  return {
    programs: [dirname(await djangoPython())],
    options: ["--no-cache-server", "--actor", "ada"],
    env: {
      ...{ DOCKER_HOST, DOCKER_CONFIG, ...cache.variables },
      ...{ PIP_NO_INDEX: "1", PIP_FIND_LINKS: await exampleWheels() },
      // nginx answers for its domains, which nobody here resolves, as a proxy would be asked for them.
      ...{ HTTP_PROXY: site.url, NO_PROXY: "127.0.0.1,localhost" },
    },
  };
}

function settingsOf(
  { connection }: ComposeSite,
  path: string,
  slack: Slack,
  environment: Environment,
): EnvironmentSettings {
  return {
    variables: {
      DEPLOY_HOST: connection["host"] ?? "",
      KNOWN_HOSTS: connection["known-hosts"] ?? "",
      DEPLOY_PATH: path,
      APP_URL: `http://${domains[environment]}`,
      SLACK_CHANNEL: "deploys",
    },
    secrets: {
      DEPLOY_KEY: connection["private-key"] ?? "",
      SLACK_TOKEN: slack.token,
      GITHUB_TOKEN: token,
    },
  };
}

function keyLine({ connection }: ComposeSite): string {
  return (connection["private-key"] ?? "").split("\n")[1] ?? "";
}
