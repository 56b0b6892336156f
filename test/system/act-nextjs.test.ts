import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeSite, makeComposeSite } from "../support/compose-site.js";
import { withWords } from "../support/example-files.js";
import { freePort } from "../support/free-port.js";
import { startLoad } from "../support/load.js";
import { checkout, downloadsKept, type NodeProject } from "../support/node-project.js";
import { runWorkflow, type WorkflowResult } from "../support/peers/act.js";
import { type Buildkitd, startBuildkitd } from "../support/peers/buildkitd.js";
import { compose, composePrograms } from "../support/peers/compose.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { nodeBaseImage } from "../support/peers/node-base-image.js";
import { type Registry, startRegistry } from "../support/peers/registry.js";
import { nginxImage, postgresImage } from "../support/peers/server-images.js";
import { startAll } from "../support/peers/stop-after.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { mustRun } from "../support/program.js";
import { scratchFolder } from "../support/scratch.js";

const root = join(import.meta.dirname, "../..");
const example = join(root, "examples/nextjs-compose");
const environments = ["staging", "production"] as const;
type Environment = (typeof environments)[number];
const secrets = {
  registry: "planted-secret-of-the-registry",
  database: "planted-secret-of-the-database",
};

/** Each push builds the app twice, as the job `test` and as the image. */
const limit = 400_000;

let dockerd: Dockerd;
let registry: Registry;
let buildkitd: Buildkitd;
/** Where the job `test` migrates. */
let postgres: Postgres;
let site: ComposeSite;
let project: NodeProject;
let databasePort: number;
const ports = new Map<Environment, number>();
/** What has been started, to be stopped in the other order. */
const started: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [dockerd, registry, buildkitd, postgres] = await startAll(
    startDockerd(),
    startRegistry({ username: "ada", password: secrets.registry }),
    startBuildkitd(),
    startPostgres(),
  );
  started.push(...[dockerd, registry, postgres, buildkitd].map((peer) => () => peer.stop()));
  await postgres.admin("alter role app createdb");
  await buildkitd.createBuilder(dockerd, "site");
  await dockerd.docker(["buildx", "use", "site"]);
  await Promise.all([
    nodeBaseImage(dockerd, `${registry.address}/node`, { packagesOf: example }),
    nginxImage(dockerd, "nginx:test"),
    postgresImage(dockerd, "postgres:test"),
  ]);
  await pushBase();
  site = await makeComposeSite(dockerd);
  started.push(() => site.stop());
  await site.allow();
  for (const environment of environments) ports.set(environment, await freePort());
  await startDatabase();
  project = await makeRepository();
  started.push(() => project.remove());
}, limit);

afterAll(async () => {
  for (const stop of started.reverse()) await stop();
});

async function pushBase(): Promise<void> {
  const login = ["login", "--username", "ada", "--password-stdin", registry.address];
  await dockerd.docker(login, { input: secrets.registry });
  await dockerd.docker(["push", "--quiet", `${registry.address}/node`]);
  // Of what a workflow may use there is only what it logs in with itself.
  await dockerd.docker(["logout", registry.address]);
}

/** The example's stack of the database, with a database for each environment. */
async function startDatabase(): Promise<void> {
  databasePort = await freePort();
  const file = join(example, "database/docker-compose.yml");
  const env = {
    POSTGRES_IMAGE: "postgres:test",
    POSTGRES_PASSWORD: secrets.database,
    DATABASE_PORT: String(databasePort),
  };
  const run = (...words: readonly string[]): Promise<string> =>
    compose(dockerd, composePrograms[0], ["--file", file, ...words], { env });
  await run("up", "--detach", "--wait");
  await run("exec", "-T", "db", "createdb", "--username", "app", "staging");
}

/** The example with the templates as its workflows; what stands in for what cannot be had here is named. */
async function makeRepository(): Promise<NodeProject> {
  const folder = await scratchFolder("reports");
  await cp(example, folder, {
    recursive: true,
    filter: (path) => !/node_modules|\.next|generated/.test(path),
  });
  const workflows = join(folder, ".github/workflows");
  await mkdir(workflows, { recursive: true });
  for (const name of ["nextjs-compose-ssh.yml", "deploy-one.yml"]) {
    const text = await readFile(join(root, "workflows-templates", name), "utf8");
    await writeFile(join(workflows, name), withWords(text, standIns()));
  }
  // Prisma's engine for migrations is a program that cannot be had here; it has one without, for which it wants this.
  const prisma = join(root, "test/fixtures/node-prisma");
  await cp(join(prisma, "database-adapter.mjs"), join(folder, "prisma/database-adapter.mjs"));
  const config = await readFile(join(prisma, "prisma.config.ts"), "utf8");
  const moved = config.replace("./database-adapter.mjs", "./prisma/database-adapter.mjs");
  await writeFile(join(folder, "prisma.config.ts"), moved);
  await writeFile(join(folder, ".npmrc"), "ignore-scripts=true\n");
  await mustRun(["git", "init", "-q", "-b", "main", folder]);
  return checkout(folder);
}

/** Of the templates: no scanner and no hub can be reached, and act knows no environments. */
function standIns(): Readonly<Record<string, string>> {
  const version = "build-args: GIT_SHA=${{ github.sha }}";
  const base = `BASE=${registry.address}/node`;
  const own = (context: string) => `${context}[format('{0}_`;
  return {
    "      scan: trivy\n": "",
    [version]: `build-args: |\n        GIT_SHA=\${{ github.sha }}\n        ${base}\n        PACKAGES=`,
    "ghcr.io": registry.address,
    // Our base holds the packages of all of it, for want of a network.
    "max-size: 500MB": "max-size: 700MB",
    "health-observe: 1m": "health-observe: 2s",
    ...Object.fromEntries(
      ["vars.DEPLOY_PATH", "vars.APP_URL", "secrets.DATABASE_URL", "secrets.APP_ENV"].map(
        (name) => {
          const [context = "", key = ""] = name.split(".");
          return [name, `${own(context)}${key}', inputs.environment)]`];
        },
      ),
    ),
  };
}

const urlOf = (environment: Environment): string =>
  `http://127.0.0.1:${String(ports.get(environment))}`;
const pathOf = (environment: Environment): string =>
  environment === "production" ? site.path : join(site.host.home.path, "staging");

/** What somebody sets for an environment, by the names that the stand-ins look for. */
function settings(environment: Environment, extra: readonly string[]) {
  const database = environment === "production" ? "app" : "staging";
  const url = (host: string): string => `postgresql://app:${secrets.database}@${host}/${database}`;
  const lines = [
    `DATABASE_URL=${url("db:5432")}`,
    `APP_PATH=${pathOf(environment)}`,
    `HTTP_PORT=${String(ports.get(environment))}`,
    "HTTPS_PORT=0",
    "NGINX_IMAGE=nginx:test",
    ...extra,
  ];
  return {
    variables: { DEPLOY_PATH: pathOf(environment), APP_URL: urlOf(environment) },
    secrets: {
      DATABASE_URL: url(`127.0.0.1:${String(databasePort)}`),
      APP_ENV: lines.join("\n"),
    },
  };
}

function named(environment: Environment, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${environment}_${name}`, value]),
  );
}

interface Push {
  readonly sha: string;
  readonly result: WorkflowResult;
}

let run = 0;
/** Commits what the workspace has and pushes it to main; `extra` is what only staging's APP_ENV has besides. */
async function push(subject: string, extra: readonly string[] = []): Promise<Push> {
  const sha = await project.commit(subject);
  run += 1;
  const staging = settings("staging", extra);
  const production = settings("production", []);
  const { host, "known-hosts": known, "private-key": key } = site.connection;
  const result = await runWorkflow({
    workspace: project.folder,
    workflow: "nextjs-compose-ssh.yml",
    event: "push",
    payload: { ref: "refs/heads/main", repository: { default_branch: "main", name: "reports" } },
    variables: {
      DEPLOY_HOST: host ?? "",
      KNOWN_HOSTS: known ?? "",
      ...named("staging", staging.variables),
      ...named("production", production.variables),
    },
    secrets: {
      DEPLOY_KEY: key ?? "",
      GITHUB_TOKEN: secrets.registry,
      ...named("staging", staging.secrets),
      ...named("production", production.secrets),
    },
    env: {
      ...downloadsKept(),
      DOCKER_HOST: dockerd.env["DOCKER_HOST"] ?? "",
      DOCKER_CONFIG: dockerd.env["DOCKER_CONFIG"] ?? "",
      GITHUB_RUN_ID: String(1000 + run),
      NEXT_TELEMETRY_DISABLED: "1",
    },
    standIns: {
      // No registry but ghcr.io takes the token of the job.
      "image: ghcr.io/": `username: ada\n          password: \${{ github.token }}\n          image: ${registry.address}/`,
      "postgresql://postgres:postgres@127.0.0.1:5432/postgres": postgres.url(),
    },
  });
  for (const secret of Object.values(secrets)) expect(result.text).not.toContain(secret);
  return { sha, result };
}

async function health(environment: Environment): Promise<unknown> {
  return (await fetch(`${urlOf(environment)}/api/health`)).json();
}

async function rewrite(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(project.folder, file), "utf8");
  expect(text).toContain(from);
  await project.write({ [file]: text.replace(from, to) });
}

/** The tests of the project have run once: what comes next is about what is built and deployed. */
async function leaveTestsOut(): Promise<void> {
  const workflow = ".github/workflows/nextjs-compose-ssh.yml";
  await rewrite(workflow, "  test:\n", "  test:\n    if: false\n");
  await rewrite(workflow, "    needs: [test, build]\n", "    needs: build\n");
}

/** Containers of an environment with the images that they were made of. */
function containers(environment: Environment): Promise<string> {
  const filter = `label=com.docker.compose.project=${basename(pathOf(environment))}`;
  return dockerd.docker(["ps", "--no-trunc", "--filter", filter, "--format", "{{.ID}} {{.Image}}"]);
}

async function post(environment: Environment, report: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(report);
  return fetch(`${urlOf(environment)}/api/reports`, { method: "POST", headers, body });
}

let confirmed: string;

test(
  "a push is tested, built, deployed to staging, approved, and deployed to production",
  async () => {
    const { sha, result } = await push("The first");
    expect(result.exitCode, result.text).toBe(0);
    expect(result.jobs).toMatchObject({
      ...{ "test/node": "success", "build/build": "success", "staging/deploy": "success" },
      ...{ approve: "success", "production/deploy": "success" },
    });
    for (const environment of environments)
      expect(await health(environment)).toEqual({ status: "ok", version: sha });
    expect((await post("production", { ward: "Hebbal", text: "a hole" })).status).toBe(201);
    const page = await (await fetch(urlOf("production"))).text();
    expect(page).toContain("a hole");
    confirmed = sha;
  },
  limit,
);

test(
  "a bad push is rolled back in staging by itself, and production is never touched",
  async () => {
    await leaveTestsOut();
    const before = await containers("production");
    await rewrite("Dockerfile", '"server.js"', '"serve.js"');
    const { result } = await push("A slip");
    expect(result.jobs, result.text).toMatchObject({
      ...{ "build/build": "success", "staging/deploy": "failure" },
    });
    for (const job of ["approve", "production/deploy"]) expect(result.jobs).not.toHaveProperty(job);
    expect(result.text).toContain("Cannot find module '/app/serve.js'");
    expect(result.text).toContain("rolled-back: ");
    expect(await health("staging")).toEqual({ status: "ok", version: confirmed });
    expect(await containers("production")).toBe(before);
    await rewrite("Dockerfile", '"serve.js"', '"server.js"');
  },
  limit,
);

test(
  "what fails in production alone is rolled back there; staging keeps it, and no request is lost",
  async () => {
    const load = startLoad(`${urlOf("production")}/api/health`, {
      ...{ requestsPerSecond: 20, atMost: 20_000, atMostMs: 400_000 },
    });
    // Set in staging, forgotten in production.
    const line = "  await database().$queryRaw`select 1`;\n";
    const asks =
      '  if (process.env.MAPS_KEY === undefined) throw new Error("MAPS_KEY is not set");\n';
    await rewrite("app/api/health/route.ts", line, line + asks);
    const variable = "      MAPS_KEY:\n      REPORTS_PER_DAY";
    await rewrite("docker-compose.prod.yml", "      REPORTS_PER_DAY", variable);
    const { sha, result } = await push("Maps", ["MAPS_KEY=of-staging"]);
    expect(result.jobs, result.text).toMatchObject({
      ...{ "staging/deploy": "success", approve: "success", "production/deploy": "failure" },
    });
    expect(result.text).toContain("Error: MAPS_KEY is not set");
    expect(result.text).toContain("rolled-back: ");
    expect(await health("staging")).toEqual({ status: "ok", version: sha });
    expect(await health("production")).toEqual({ status: "ok", version: confirmed });
    const { failures, versions } = await load.stop();
    expect(failures).toEqual([]);
    expect([...versions.keys()]).toEqual([confirmed]);
    expect(await (await fetch(urlOf("production"))).text()).toContain("a hole");
  },
  limit,
);
