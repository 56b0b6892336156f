import type { Check, Lane } from "../checks/check.js";
import { extraCheck } from "../checks/extra-check.js";
import { runChecks } from "../checks/run-checks.js";
import { type CheckResult, skipped } from "../checks/result.js";
import type { CacheHit } from "../checks/verdict.js";
import { type DjangoChecks, djangoChecks } from "./django-checks.js";
import { prepareProject, type Prepared } from "./prepare-project.js";
import type { Project } from "./project.js";
import type { Session } from "./session.js";

export interface FolderResults {
  readonly results: readonly CheckResult[];
  readonly hit: CacheHit;
}

/** Installs one project's dependencies and runs all its checks; what cannot run is told as such. */
export async function checkFolder(directory: string, session: Session): Promise<FolderResults> {
  let prepared: Prepared | undefined;
  const install: Check = {
    name: "install",
    run: async (signal, print) => {
      prepared = await prepareProject(directory, session, { signal, print });
      return prepared.outcome;
    },
  };
  const begun = await run([[[install]]], session);
  // Read through a function: the compiler does not see that the check has set it.
  const { project, hit = "none" } = ((): Partial<Prepared> => prepared ?? {})();
  const rest =
    project === undefined
      ? session.inputs.checks.map((name) => notRun(name, "the dependencies are not installed"))
      : await checkProject(project, session);
  const results = [...begun, ...rest];
  return { results: inFolder(directory, results, session), hit };
}

async function checkProject(project: Project, session: Session): Promise<readonly CheckResult[]> {
  const checks = djangoChecks(project, session);
  try {
    const database = await run([[checks.database === undefined ? [] : [checks.database]]], session);
    const hasDatabase = database.every(({ status }) => status !== "failed");
    const stages = [lanes(checks, hasDatabase), [extras(project, session)]];
    const results = await run(stages, session);
    const without = hasDatabase ? [] : [...checks.withTests, ...checks.withDatabase];
    const all = [...results, ...without.map(({ name }) => notRun(name, "there is no database"))];
    return [...database.filter(({ status }) => status === "failed"), ...inOrder(all, session)];
  } finally {
    await checks.cleanUp();
  }
}

/** The tests have a database of their own, and so have the other checks: the two run side by side. */
function lanes(checks: DjangoChecks, hasDatabase: boolean): readonly Lane[] {
  const all = hasDatabase
    ? [checks.withTests, [...checks.plain, ...checks.withDatabase]]
    : [checks.plain];
  return all.filter((lane) => lane.length > 0);
}

function extras({ children, folder, env }: Project, { inputs }: Session): Lane {
  return inputs.extra.map((one) => extraCheck(one, { children, cwd: folder, env }));
}

function run(
  stages: readonly (readonly Lane[])[],
  { platform: { clock, log, signal }, endsAt }: Session,
): Promise<readonly CheckResult[]> {
  const timeLimitMs = Math.max(0, endsAt - clock.monotonic());
  return runChecks(stages, { clock, log, timeLimitMs, signal });
}

function notRun(name: string, reason: string): CheckResult {
  return { name, startedAt: "", durationMs: 0, ...skipped(reason) };
}

/** As they were asked for; commands of the user's own come last. */
function inOrder(results: readonly CheckResult[], { inputs }: Session): readonly CheckResult[] {
  const order: readonly string[] = inputs.checks;
  const rank = ({ name }: CheckResult): number =>
    order.includes(name) ? order.indexOf(name) : order.length;
  return results.toSorted((a, b) => rank(a) - rank(b));
}

/** Of several folders each check says which one it is of. */
function inFolder(
  directory: string,
  results: readonly CheckResult[],
  { inputs }: Session,
): readonly CheckResult[] {
  if (inputs.directories.length === 1) return results;
  return results.map((result) => ({ ...result, name: `${directory}: ${result.name}` }));
}
