import type { Log } from "../ports/log.js";
import type { CheckResult, Finding } from "./result.js";

/** The runner keeps this many errors of a step, and as many warnings. */
const mostOfALevel = 10;

/**
 * An annotation for each finding within the runner's limit: errors first, those with a place in the project
 * before those without. Where there are more, the last one says how many, and where they are.
 */
export function annotateFindings(results: readonly CheckResult[], log: Log): void {
  const all = results.flatMap((result) => findingsOf(result));
  for (const level of ["error", "warning"] as const) {
    const ranked = rank(all.filter(({ finding }) => finding.level === level));
    const fits = ranked.length <= mostOfALevel ? ranked.length : mostOfALevel - 1;
    for (const { check, finding } of ranked.slice(0, fits))
      log[level](finding.message, { title: check, ...(finding.place && { place: finding.place }) });
    const more = ranked.length - fits;
    if (more > 0) log[level](`${more} more are in the job summary`);
  }
}

interface Found {
  readonly check: string;
  readonly finding: Finding;
}

/** A check that failed without a finding has its reason. */
function findingsOf({ name, status, reason, findings }: CheckResult): readonly Found[] {
  const lacks = status === "failed" && !findings.some(({ level }) => level === "error");
  const own: readonly Finding[] = lacks ? [{ level: "error", message: reason || "failed" }] : [];
  return [...own, ...findings].map((finding) => ({ check: name, finding }));
}

/** Stable: within a rank the order of the checks stays. */
function rank(found: readonly Found[]): readonly Found[] {
  return [
    ...found.filter(({ finding }) => finding.place !== undefined),
    ...found.filter(({ finding }) => finding.place === undefined),
  ];
}
