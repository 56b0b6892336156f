import { randomBytes } from "node:crypto";
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { changedCoverage } from "../checks/changed-coverage.js";
import { changedLines, findBase } from "../checks/changed-lines.js";
import { mergeCoverage } from "../checks/coverage.js";
import { openCache } from "../checks/open-cache.js";
import type { Platform } from "../checks/platform.js";
import { PreviousResults } from "../checks/previous-results.js";
import { reportFilesCheck } from "../checks/report-files.js";
import type { CheckResult } from "../checks/result.js";
import { runChecks } from "../checks/run-checks.js";
import { type CacheHit, testsOf, type Verdict } from "../checks/verdict.js";
import { checkFolder } from "./check-folder.js";
import type { Inputs } from "./inputs.js";
import type { Session } from "./session.js";

/** Checks every folder, one after the other, and says all that was found. */
export async function runDjangoChecks(inputs: Inputs, platform: Platform): Promise<Verdict> {
  const endsAt = platform.clock.monotonic() + inputs.timeoutMs;
  const [children, cache] = [await platform.openChildren(), await openCache(platform)];
  const token = randomBytes(4).toString("hex");
  const scratch = join(platform.temp, `belay-django-${token}`);
  await mkdir(scratch, { mode: 0o700, recursive: true });
  // Python writes what it compiled beside the files that it loads.
  await cp(join(platform.home, "python"), join(scratch, "python"), { recursive: true });
  const { workspace } = platform.run;
  const checkout = { children, workspace, signal: platform.signal };
  try {
    const base = await findBase(await platform.event(), checkout);
    const session = { inputs, platform, children, cache, base, scratch, token, endsAt };
    const folders = [];
    for (const directory of inputs.directories) folders.push(await checkFolder(directory, session));
    const results = [...folders.flatMap((folder) => folder.results), ...(await reported(session))];
    const verdict = { results, cacheHit: worst(folders.map(({ hit }) => hit)) };
    return await withComparisons(verdict, session);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The tests that commands of the user's own have reported. */
async function reported({ inputs, platform, endsAt }: Session): Promise<readonly CheckResult[]> {
  if (inputs.results.length === 0) return [];
  const { clock, log, signal, run } = platform;
  const timeLimitMs = Math.max(0, endsAt - clock.monotonic());
  const check = reportFilesCheck(inputs.results, run.workspace);
  return runChecks([[[check]]], { clock, log, timeLimitMs, signal });
}

/** What the change and the previous run add to the results. */
async function withComparisons(verdict: Verdict, session: Session): Promise<Verdict> {
  const { platform, children, cache, base } = session;
  const coverage = coverageOf(verdict.results);
  const checkout = { children, workspace: platform.run.workspace, signal: platform.signal };
  const lines =
    coverage === undefined || "unknown" in base
      ? undefined
      : await changedLines(base.commit, checkout);
  const changed = coverage && lines && changedCoverage(coverage, lines);
  const previous = cache && new PreviousResults("test-django", cache, platform);
  const tests = testsOf(verdict);
  const newFailures = await previous?.newFailures(tests);
  await previous?.keep(tests);
  return { ...verdict, coverage, changed, newFailures };
}

function coverageOf(results: readonly CheckResult[]): Verdict["coverage"] {
  const parts = results.flatMap(({ coverage }) => coverage ?? []);
  return parts.length === 0 ? undefined : mergeCoverage(parts);
}

function worst(hits: readonly CacheHit[]): CacheHit {
  return hits.find((hit) => hit === "none") ?? hits.find((hit) => hit === "partial") ?? "exact";
}
