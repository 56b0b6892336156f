import { existsSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { type AppHealth, askApp, stopApp } from "./app-process.js";
import { type AppRelease, makeWorkspace, type Workspace } from "./app-workspace.js";
import type { DeployHost } from "./deploy-host.js";
import { freePort } from "./free-port.js";
import type { Database, Postgres } from "./postgres.js";
import { type ProgramResult, runProgram } from "./program.js";
import { type ActionResult, type RunningAction, startAction } from "./run-action.js";
import { until } from "./until.js";

export type Inputs = Readonly<Record<string, string>>;

export interface SiteOptions {
  /** How many workers the app has; default 1. */
  readonly workers?: number;
  /** A path other than `<home>/site-<n>`. */
  readonly path?: string;
}

/** One deployed app as its owner sees it: checkout, workflow, server. */
export interface Site {
  readonly path: string;
  readonly url: string;
  readonly database: Database;
  readonly workspace: Workspace;
  /** The inputs of its deploy workflow. */
  readonly inputs: Inputs;
  /** Commits the release and starts its deploy; `over` replaces inputs. */
  start(release: AppRelease, over?: Inputs, facts?: Inputs): Promise<RunningAction>;
  /** The same, to its end; `facts` replaces facts of the run. */
  deploy(release: AppRelease, over?: Inputs, facts?: Inputs): Promise<ActionResult>;
  /** Starts a deploy of `sha` from another checkout in `folder`, so that several can run at once. */
  startFrom(folder: string, sha: string, over?: Inputs): Promise<RunningAction>;
  /** Deploys an earlier commit of the checkout. */
  deployCommit(sha: string, over?: Inputs): Promise<ActionResult>;
  /** Runs another operation with nothing but host, key, path and `over`. */
  operate(operation: string, over?: Inputs): Promise<ActionResult>;
  /** Starts one. */
  startOperation(operation: string, over?: Inputs): Promise<RunningAction>;
  /** `belay` as a person runs it on the server. */
  belay(...words: string[]): Promise<ProgramResult>;
  /** What the app answers now. */
  serving(): Promise<AppHealth | undefined>;
  /** The release that `current` points to. */
  current(): Promise<string | undefined>;
  /** Resolves when no operation is open and nobody holds the lock. */
  settled(timeoutMs?: number): Promise<void>;
  remove(): Promise<void>;
}

/** Makes an app with a database, a port and a checkout of its own. */
export async function makeSite(
  host: DeployHost,
  postgres: Postgres,
  number: number,
  options: SiteOptions,
): Promise<Site> {
  const path = options.path ?? join(host.home.path, `site-${String(number)}`);
  const [workspace, port] = await Promise.all([makeWorkspace(), freePort()]);
  const database = await postgres.createDatabase(`site_${String(number)}`);
  const connection = connectionInputs(host, path);
  const url = `http://127.0.0.1:${String(port)}`;
  const inputs = { ...connection, ...deployInputs(host, database, url, options.workers ?? 1) };
  let run = 1000;
  const start = async (
    given: Inputs,
    sha: string,
    over: Inputs = {},
    folder = workspace.path,
  ): Promise<RunningAction> => {
    run += 1;
    const facts = {
      GITHUB_SHA: sha,
      GITHUB_RUN_ID: String(run),
      GITHUB_RUN_NUMBER: String(run),
      ...over,
    };
    return startAction({ inputs: given, workspace: folder, facts });
  };
  const startCommit = (sha: string, over: Inputs = {}, facts?: Inputs): Promise<RunningAction> =>
    start({ ...inputs, "health-expect": sha, ...over }, sha, facts);
  const site: Site = {
    path,
    url,
    database,
    workspace,
    inputs,
    start: async (release, over, facts) =>
      startCommit(await workspace.commit(release), over, facts),
    deploy: async (release, over, facts) => (await site.start(release, over, facts)).done,
    startFrom: (folder, sha, over) =>
      start({ ...inputs, "health-expect": sha, ...over }, sha, {}, folder),
    deployCommit: async (sha, over) => {
      await workspace.checkOut(sha);
      const result = await (await startCommit(sha, over)).done;
      await workspace.checkOut("main");
      return result;
    },
    operate: async (operation, over) => (await site.startOperation(operation, over)).done,
    startOperation: (operation, over = {}) =>
      start({ ...connection, operation, ...over }, "0".repeat(40)),
    belay: (...words) => host.run(["sh", join(path, ".belay/belay"), ...words]),
    serving: () => askApp(port),
    current: async () =>
      basename(await readlink(join(path, "current")).catch(() => "")) || undefined,
    settled: (timeoutMs = 20_000) => settled(path, timeoutMs),
    remove: async () => {
      await stopApp(path);
      await workspace.remove();
    },
  };
  return site;
}

/** How the runner reaches the server, and the path there. */
export function connectionInputs(host: DeployHost, path: string): Inputs {
  return {
    host: "127.0.0.1",
    port: String(host.port),
    username: host.user,
    "private-key": host.privateKey,
    "known-hosts": host.hostKey,
    path,
    "confirm-timeout": "3s",
  };
}

function deployInputs(host: DeployHost, database: Database, url: string, workers: number): Inputs {
  const app = {
    ...database.env(),
    APP_NODE: host.node,
    APP_PORT: new URL(url).port,
    APP_WORKERS: String(workers),
    APP_READY_MS: "20000",
  };
  return {
    operation: "deploy",
    env: Object.entries(app)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n"),
    build: "sh build.sh",
    migrate: "sh migrate.sh",
    restart: "sh restart.sh",
    "database-url": database.url(),
    "migrations-table": "schema_migrations",
    "health-url": `${url}/health`,
    "health-timeout": "3s",
    "health-interval": "100ms",
    "health-successes": "2",
  };
}

async function settled(path: string, timeoutMs: number): Promise<void> {
  await until(
    "the operation to be closed and the lock to be free",
    async () => {
      if (existsSync(join(path, ".belay/phase"))) return false;
      if (!existsSync(join(path, ".belay/lock"))) return true;
      const taken = await runProgram(["flock", "-n", join(path, ".belay/lock"), "true"]);
      return taken.code === 0;
    },
    { timeoutMs, intervalMs: 50 },
  );
}
