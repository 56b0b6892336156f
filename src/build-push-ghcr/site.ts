import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { eventFacts } from "../kit/event.js";
import { type Builder, chooseBuilder, type RunBuildx } from "./builder.js";
import { storedLogin, writeClientConfig } from "./client-config.js";
import { History } from "./commit.js";
import type { Course } from "./course.js";
import { findBuildx } from "./find-buildx.js";
import { isLoopback } from "./image-name.js";
import type { Inputs } from "./inputs.js";
import { type LocalDockerfile, readDockerfile, unusedSecrets } from "./local-dockerfile.js";
import { type Plan, planOf } from "./plan.js";
import type { Platform, World } from "./platform.js";
import { type Login, Registry } from "./registry/registry.js";
import { savedState } from "./saved-state.js";

/** Everything that the steps of a run stand on. */
export interface Site {
  readonly inputs: Inputs;
  readonly plan: Plan;
  readonly platform: Platform;
  readonly world: World;
  readonly history: History;
  readonly login: Login | undefined;
  readonly registry: Registry;
  /** The words that start buildx. */
  readonly buildx: readonly string[];
  readonly builder: Builder;
  /** A private folder of this run. */
  readonly scratch: string;
  /** Where an image lies that is not pushed. */
  readonly layout: string;
  /** Where programs run: the checkout. */
  readonly cwd: string;
  /** Variables that lead docker to the login. */
  readonly env: Readonly<Record<string, string>>;
  readonly dockerfile: LocalDockerfile | undefined;
}

/** Finds all that can be wrong before a build that may take long. */
export async function prepare(inputs: Inputs, course: Course, platform: Platform): Promise<Site> {
  const { run, log, clock, random, signal } = platform;
  const world = await platform.reach();
  const history = new History(run, world.processes, signal);
  const plan = await makePlan(inputs, history, platform);
  course.plan = plan;
  const dockerfile = await readDockerfile(inputs, run.workspace);
  const names = inputs.secrets.map(({ name }) => name);
  for (const one of dockerfile === undefined ? [] : unusedSecrets(names, dockerfile))
    log.warning(one);
  const login = plan.login ?? (await storedLogin(plan.image, world.docker));
  if (login !== undefined) course.secrets = [...course.secrets, login.password];
  const line = { http: world.http, clock, random, signal, retries: inputs.retries };
  const registry = new Registry(plan.image, login, line);
  const scratch = await makeScratch(platform);
  const env =
    plan.login === undefined
      ? {}
      : await writeClientConfig(scratch, plan.image, plan.login, world.docker);
  const buildx = await findBuildx(world.docker);
  const runBuildx: RunBuildx = (words) =>
    world.processes.run([...buildx, ...words], { env, signal });
  const [builder] = await Promise.all([
    findBuilder(inputs, plan, platform, runBuildx),
    plan.push ? registry.checkLogin() : undefined,
  ]);
  const places = { scratch, layout: join(scratch, "layout"), cwd: run.workspace || "." };
  const known = { inputs, plan, platform, world, history, login, registry };
  return { ...known, ...places, ...{ buildx, builder, env, dockerfile } };
}

async function makePlan(
  inputs: Inputs,
  history: History,
  { run, event, clock, log }: Platform,
): Promise<Plan> {
  const payload = await event();
  const committedAt = await history.committedAt(eventFacts(payload));
  const plan = planOf(inputs, { run, event: payload, now: clock.now(), committedAt });
  for (const warning of plan.warnings) log.warning(warning);
  return plan;
}

/** The name is saved before the folder is there: whatever happens, the post step finds it. */
async function makeScratch({ run, saveState }: Platform): Promise<string> {
  const folder = join(run.temp, `belay-build-${randomUUID()}`);
  saveState(savedState.scratch, folder);
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

async function findBuilder(
  { builder: name }: Inputs,
  { image }: Plan,
  { run, saveState, log }: Platform,
  runBuildx: RunBuildx,
): Promise<Builder> {
  const nameOwn = (): string => {
    const own = `belay-${run.number || "0"}-${randomUUID().slice(0, 8)}`;
    saveState(savedState.builder, own);
    log.info(`check: the driver docker cannot push without a tag, so the builder ${own} is made`);
    return own;
  };
  const wish = { name, hostNetwork: isLoopback(image), nameOwn };
  return chooseBuilder(wish, runBuildx);
}
