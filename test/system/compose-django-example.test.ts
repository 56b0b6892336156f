import { chmod, cp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type ComposeSite, type Inputs, makeComposeSite } from "../support/compose-site.js";
import { type Load, startLoad } from "../support/load.js";
import { djangoImage } from "../support/peers/django-image.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import {
  nginxImage,
  pgbouncerImage,
  postgresImage,
  redisImage,
} from "../support/peers/server-images.js";
import { type Registry, startRegistry } from "../support/peers/registry.js";
import { type ActionResult, startAction } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const example = join(import.meta.dirname, "../../examples/django-compose");
const password = "planted-secret-of-the-database";

let dockerd: Dockerd;
let registry: Registry;
let site: ComposeSite;
let workspace: string;
let staging: string;
/** Where the server is told how much memory it has. */
let memory: string;
const references = new Map<string, string>();

beforeAll(async () => {
  dockerd = await startDockerd();
  registry = await startRegistry();
  await djangoImage(dockerd, "django:base");
  await Promise.all([
    postgresImage(dockerd, "postgres:test"),
    nginxImage(dockerd, "nginx:test"),
    pgbouncerImage(dockerd, "pgbouncer:test"),
    redisImage(dockerd, "redis:test"),
  ]);
  for (const version of ["v1", "v2", "v3"]) references.set(version, await build(version));
  memory = await scratchFolder("memory");
  await available(2_000_000);
  site = await makeComposeSite(dockerd, { BELAY_MEMINFO: join(memory, "meminfo") });
  await site.allow();
  staging = join(site.host.home.path, "shop-staging");
  workspace = await scratchFolder("django-example");
  await cp(example, workspace, { recursive: true });
  await prepareServer();
});

afterAll(async () => {
  await site.stop();
  await registry.stop();
  await removeFolder(workspace);
  await removeFolder(memory);
  await dockerd.stop();
});

/** The example's own Dockerfile on a base that has its requirements; only its digest is left of it. */
async function build(version: string): Promise<string> {
  const name = `${registry.address}/shop:${version}`;
  const args = ["BASE=django:base", "REQUIREMENTS=", `VERSION=${version}`];
  await dockerd.docker([
    ...["build", "-q", "-t", name, ...args.flatMap((arg) => ["--build-arg", arg])],
    example,
  ]);
  await dockerd.docker(["push", "--quiet", name]);
  const format = "{{index .RepoDigests 0}}";
  return (await dockerd.docker(["image", "inspect", "--format", format, name])).trim();
}

async function available(kib: number): Promise<void> {
  const file = join(memory, "meminfo");
  await writeFile(file, `MemAvailable: ${String(kib)} kB\n`);
  await chmod(file, 0o666);
}

/** What the example's README says to put on the server, and a server that is short of memory when it is told to be. */
async function prepareServer(): Promise<void> {
  const { home } = site.host;
  const env = {
    POSTGRES_PASSWORD: password,
    DJANGO_SECRET_KEY: "planted-secret-of-django",
    PRODUCTION_PATH: site.path,
    STAGING_PATH: staging,
    HTTP_PORT: new URL(site.url).port,
    ...{ POSTGRES_IMAGE: "postgres:test", NGINX_IMAGE: "nginx:test" },
    ...{ PGBOUNCER_IMAGE: "pgbouncer:test", REDIS_IMAGE: "redis:test" },
  };
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(home.path, "env"), lines.join(""), { mode: 0o644 });
  const steps = `set -eu
    mkdir -p '${site.path}/shared/belay-proxy' '${site.path}/shared/pgbouncer' '${staging}/shared/belay-proxy'
    cp '${home.path}/env' '${site.path}/shared/.env'
    cp '${home.path}/env' '${staging}/shared/.env'
    for path in '${site.path}' '${staging}'; do
      mkdir -p "$path/shared/pgbouncer"
      echo '"shop" "${password}"' >"$path/shared/pgbouncer/userlist.txt"
    done`;
  const made = await site.host.run(["sh", "-c", steps]);
  expect(made.code, made.stderr).toBe(0);
  // Stopping a container gives memory back.
  const docker = join(home.path, "bin/docker");
  await rename(docker, `${docker}-itself`);
  const wrapper = `#!/bin/sh
case $1 in stop) echo 'MemAvailable: 2000000 kB' >'${memory}/meminfo' ;; esac
exec '${docker}-itself' "$@"
`;
  await writeFile(docker, wrapper);
  await chmod(docker, 0o755);
}

/** The inputs of one of the example's own workflows, for this server. */
async function inputsOf(workflow: string, version: string, over: Inputs): Promise<Inputs> {
  const text = await readFile(join(example, `workflows/${workflow}.yml`), "utf8");
  const { jobs } = parse(text) as {
    readonly jobs: { readonly deploy: { readonly steps: readonly { readonly with?: Inputs }[] } };
  };
  const given = jobs.deploy.steps.find((step) => step.with?.["strategy"] === "compose")?.with ?? {};
  const left = ["registry", "registry-username", "registry-password"];
  const kept = Object.entries(given).filter(([name]) => !left.includes(name));
  const reference = references.get(version) ?? "";
  return {
    ...Object.fromEntries(kept.map(([name, value]): [string, string] => [name, value])),
    ...site.connection,
    path: workflow === "staging" ? staging : site.path,
    images: String(given["images"]).replace(/=.*/, `=${reference}`),
    "health-url": `${site.url}/health`,
    "health-expect": `"${version}"`,
    "health-timeout": "60s",
    ...over,
  };
}

let run = 1000;
async function deploy(workflow: string, version: string, over: Inputs = {}): Promise<ActionResult> {
  run += 1;
  const facts = { GITHUB_SHA: String(run).padStart(40, "b"), GITHUB_RUN_ID: String(run) };
  const inputs = await inputsOf(workflow, version, over);
  return (await startAction({ inputs, workspace, facts })).done;
}

async function home(host: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await site.host.run(["curl", "-sS", "-H", `Host: ${host}`, site.url]);
  return JSON.parse(answer.stdout) as Readonly<Record<string, unknown>>;
}

const startedLoad = (): Load =>
  startLoad(`${site.url}/health`, { requestsPerSecond: 10, atMost: 5000, atMostMs: 200_000 });

test("the example is deployed by its own workflows: production, then staging beside it", async () => {
  const first = await deploy("production", "v1");
  expect(first.outputs["status"], first.log.text).toBe("deployed");
  expect(await home("shop")).toMatchObject({ version: "v1", database: "shop", orders: 0 });
  const form = ["-X", "POST", "-d", "article=a lamp", `${site.url}/orders`];
  const ordered = await site.host.run(["curl", "-sS", ...form]);
  expect(ordered.stdout).toBe('{"orders": 1}');

  const load = startedLoad();
  // Staging has a name of its own; the runner asks it from the server.
  const checks = `- {http: "${site.url}/health", host-header: staging.shop, expect: '"v2"'}\n`;
  const own = { "health-url": "", "health-expect": "", "health-checks": checks };
  const beside = await deploy("staging", "v2", own);
  expect(beside.outputs["status"], beside.log.text).toBe("deployed");
  expect(await home("staging.shop")).toMatchObject({ version: "v2", database: "shop_staging" });
  expect(await home("shop")).toMatchObject({ version: "v1", orders: 1 });
  const { failures, versions } = await load.stop();
  expect(failures).toEqual([]);
  expect([...versions.keys()]).toEqual(["v1"]);
  for (const secret of [password, "planted-secret-of-django"])
    expect(first.log.text + beside.log.text).not.toContain(secret);
}, 400_000);

test("production rolls with staging stopped to make room, loses no request and no order, and goes back", async () => {
  await available(40_000);
  const load = startedLoad();
  const rolled = await deploy("production", "v3");
  expect(rolled.outputs["status"], rolled.log.text).toBe("deployed");
  expect(rolled.log.text).toContain("stopping web-staging to make room");
  expect(rolled.log.text).toContain("web: starting the new container beside the old one");
  expect(await home("shop")).toMatchObject({ version: "v3", orders: 1 });
  await expect
    .poll(() => home("staging.shop").catch(String), { timeout: 30_000 })
    .toMatchObject({ version: "v2" });
  const operation = { ...site.connection, operation: "rollback" };
  const back = await (await startAction({ inputs: operation, workspace })).done;
  expect(back.outputs["status"], back.log.text).toBe("rolled-back");
  expect(await home("shop")).toMatchObject({ version: "v1", orders: 1 });
  expect((await load.stop()).failures).toEqual([]);
}, 400_000);
