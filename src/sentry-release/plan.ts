import type { EventFacts } from "../kit/event.js";
import { BelayError } from "../kit/errors.js";
import type { ReadReport } from "../kit/read-reports.js";
import type { ReportFact } from "../kit/report.js";
import type { Inputs } from "./inputs.js";
import type { Run } from "./platform.js";

/** What Sentry shall be told. */
export interface Plan {
  readonly version: string;
  readonly projects: readonly string[];
  /** Empty: no deploy is recorded. */
  readonly environment: string;
  readonly deployStartedAt: string;
  readonly commits: boolean;
  readonly finalize: boolean;
}

/** Fills in what the user left to the run. */
export function planOf(
  inputs: Inputs,
  run: Run,
  event: EventFacts,
  reports: readonly ReadReport[],
): Plan {
  const version = inputs.release || run.sha;
  if (version === "") {
    const remedy = "Give `release`: here is no commit to name it after.";
    throw new BelayError("config", "`release` is empty, and the run names no commit", remedy);
  }
  return {
    version,
    projects: inputs.projects,
    environment: inputs.environment || event.environment || environmentOf(reports),
    deployStartedAt: reports[0]?.startedAt ?? "",
    commits: inputs.commits === "auto",
    finalize: inputs.finalize,
  };
}

function environmentOf(reports: readonly ReadReport[]): string {
  const facts = reports.flatMap((report) => report.facts);
  return facts.find(({ name }) => name === "environment")?.value ?? "";
}

/** The plan for people. */
export function planFacts(plan: Plan, { url, org }: Inputs): readonly ReportFact[] {
  return [
    { name: "release", value: plan.version },
    { name: "projects", value: `${plan.projects.join(", ")} of ${org} at ${new URL(url).host}` },
    { name: "environment", value: plan.environment || "none given: no deploy is recorded" },
    { name: "finalize", value: plan.finalize ? "yes" : "no" },
  ];
}
