import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { extraCheck } from "../checks/extra-check.js";
import { openCache } from "../checks/open-cache.js";
import type { Platform } from "../checks/platform.js";
import { PreviousResults } from "../checks/previous-results.js";
import { reportFilesCheck } from "../checks/report-files.js";
import { type CheckResult, skipped } from "../checks/result.js";
import { runChecks } from "../checks/run-checks.js";
import { testsOf, type CacheHit, type Verdict } from "../checks/verdict.js";
import { Deadline } from "../kit/deadline.js";
import type { Cache } from "../ports/cache.js";
import type { Children } from "../ports/children.js";
import type { BuildSizes } from "./build-sizes.js";
import { builtSections } from "./built.js";
import type { Inputs } from "./inputs.js";
import { planProject, type Stages } from "./plan.js";
import { type Prepared, prepareCheck } from "./prepare.js";
import { type Project, readProject } from "./project.js";
import { coverageVerdict } from "./coverage-verdict.js";
import type { Site } from "./site.js";

/** A run of all projects: where it works, and until when. */
interface Run {
  readonly inputs: Inputs;
  readonly platform: Platform;
  readonly children: Children;
  readonly cache: Cache | undefined;
  readonly scratch: string;
  readonly deadline: Deadline;
  readonly built: Map<string, BuildSizes>;
}

/** Sets the projects up, runs all their checks, and says what came out. */
export async function runProjects(inputs: Inputs, platform: Platform): Promise<Verdict> {
  const { clock } = platform;
  const deadline = new Deadline(clock, clock.monotonic(), inputs.timeoutMs);
  const children = await platform.openChildren();
  const cache = await openCache(platform);
  const scratch = await mkdtemp(join(platform.temp, "belay-test-node-"));
  try {
    return await runAll({ inputs, platform, children, cache, scratch, deadline, built: new Map() });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function runAll(run: Run): Promise<Verdict> {
  const { inputs, platform } = run;
  const { workspace } = platform.run;
  const projects: Project[] = [];
  for (const directory of inputs.directories)
    projects.push(await readProject(workspace, directory));
  const results: CheckResult[] = [];
  const prepared = new Map<string, Prepared & { isReady: boolean }>();
  for (const project of projects) {
    const ready = prepared.get(project.root) ?? (await prepare(project, run, projects, results));
    prepared.set(project.root, ready);
    results.push(...(await runProject(project, ready, run, projects)));
  }
  results.push(...(await runExtra(run, projects, prepared)), ...(await reported(run)));
  const hits = [...prepared.values()].map(({ hit }) => hit);
  return finish({ results, cacheHit: worst(hits) }, run);
}

/** Installs what the projects of one root share; what came out joins `results`. */
async function prepare(
  project: Project,
  run: Run,
  projects: readonly Project[],
  results: CheckResult[],
): Promise<Prepared & { isReady: boolean }> {
  const prepared: Prepared = { path: run.platform.variable("PATH"), hit: "none" };
  const site = siteOf(project, run, projects, prepared.path);
  const check = prepareCheck(site, join(run.scratch, "tools"), run.cache, prepared);
  const [result] = await inTime([[[check]]], run);
  if (result !== undefined) results.push(result);
  return { ...prepared, isReady: result?.status === "passed" };
}

async function runProject(
  project: Project,
  { path, isReady }: Prepared & { readonly isReady: boolean },
  run: Run,
  projects: readonly Project[],
): Promise<readonly CheckResult[]> {
  const stages = await planProject(siteOf(project, run, projects, path), run.cache);
  if (isReady) return inTime(stages, run);
  const names = stages.flat(2).map(({ name }) => name);
  const outcome = skipped("not run: the install failed");
  return names.map((name) => ({ name, startedAt: "", durationMs: 0, ...outcome }));
}

async function runExtra(
  run: Run,
  projects: readonly Project[],
  prepared: ReadonlyMap<string, Prepared>,
): Promise<readonly CheckResult[]> {
  const [project] = projects;
  if (project === undefined) return [];
  const path = prepared.get(project.root)?.path ?? "";
  const { children, env } = siteOf(project, run, projects, path);
  const place = { children, cwd: project.folder, env };
  return inTime(
    run.inputs.extra.map((one) => [[extraCheck(one, place)]]),
    run,
  );
}

/** The tests that programs of the user's own have reported. */
async function reported(run: Run): Promise<readonly CheckResult[]> {
  const { inputs, platform } = run;
  if (inputs.results.length === 0) return [];
  return inTime([[[reportFilesCheck(inputs.results, platform.run.workspace)]]], run);
}

function siteOf(project: Project, run: Run, projects: readonly Project[], path: string): Site {
  const { inputs, platform, children, scratch, built } = run;
  const given = inputs.env.map(({ name, value }) => [name, value] as const);
  const label = projects.length > 1 ? `${project.directory}: ` : "";
  const env = { PATH: path, CI: platform.variable("CI") || "true", ...Object.fromEntries(given) };
  return { project, inputs, platform, children, scratch, env, label, built };
}

function inTime(stages: Stages, { platform, deadline }: Run): Promise<readonly CheckResult[]> {
  const { clock, log, signal } = platform;
  return runChecks(stages, { clock, log, signal, timeLimitMs: deadline.leftMs() });
}

/** Adds what is known only once everything ran. */
async function finish(verdict: Verdict, run: Run): Promise<Verdict> {
  const { platform, cache } = run;
  const measured = { ...(await coverageVerdict(verdict, run)), ...(await builtSections(run)) };
  if (cache === undefined) return measured;
  const previous = new PreviousResults("test-node", cache, platform);
  const newFailures = await previous.newFailures(testsOf(measured));
  await previous.keep(testsOf(measured));
  return { ...measured, ...(newFailures && { newFailures }) };
}

function worst(hits: readonly CacheHit[]): CacheHit {
  const order: readonly CacheHit[] = ["none", "partial", "exact"];
  return order.find((hit) => hits.includes(hit)) ?? "none";
}
