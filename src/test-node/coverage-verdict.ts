import { changedCoverage } from "../checks/changed-coverage.js";
import { changedLines, findBase } from "../checks/changed-lines.js";
import { mergeCoverage } from "../checks/coverage.js";
import type { Platform } from "../checks/platform.js";
import type { Verdict } from "../checks/verdict.js";
import { memberAt } from "../kit/json.js";
import type { Children } from "../ports/children.js";

/** The verdict with what all tests together reached, and of a pull request how much of its changed lines. */
export async function coverageVerdict(
  verdict: Verdict,
  { platform, children }: { readonly platform: Platform; readonly children: Children },
): Promise<Verdict> {
  const parts = verdict.results.flatMap(({ coverage }) => coverage ?? []);
  if (parts.length === 0) return verdict;
  const coverage = mergeCoverage(parts);
  const event = await platform.event();
  if (memberAt(event, "pull_request") === undefined) return { ...verdict, coverage };
  const { log, signal, run } = platform;
  const checkout = { children, workspace: run.workspace, signal };
  const base = await findBase(event, checkout);
  if ("unknown" in base) {
    log.info(`the changed lines are not known: ${base.unknown}`);
    return { ...verdict, coverage };
  }
  const lines = await changedLines(base.commit, checkout);
  return { ...verdict, coverage, ...(lines && { changed: changedCoverage(coverage, lines) }) };
}
