import type { BelayError } from "../kit/errors.js";
import type { Coverage } from "./coverage.js";
import type { ChangedCoverage } from "./changed-coverage.js";
import type { CheckResult, TestResult } from "./result.js";

/** What the restore of the dependencies found. */
export type CacheHit = "exact" | "partial" | "none";

/** All that is known at the end of a run of checks. */
export interface Verdict {
  readonly results: readonly CheckResult[];
  readonly cacheHit: CacheHit;
  /** Undefined where nothing was measured. */
  readonly coverage?: Coverage | undefined;
  /** What of the pull request the tests reached; undefined without pull request or coverage. */
  readonly changed?: ChangedCoverage | undefined;
  /** Tests that failed now and passed in the previous run of the branch; undefined when that is not known. */
  readonly newFailures?: readonly TestResult[] | undefined;
  /** Further parts of the summary, Markdown already. */
  readonly sections?: readonly string[];
  /** Why it came to no checks. */
  readonly error?: BelayError | undefined;
}

export function testsOf({ results }: Verdict): readonly TestResult[] {
  return results.flatMap(({ tests }) => tests ?? []);
}

export function failedChecks({ results }: Verdict): readonly CheckResult[] {
  return results.filter(({ status }) => status === "failed");
}
