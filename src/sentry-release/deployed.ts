import type { ReadReport } from "../kit/read-reports.js";

/** What actions that bring something to run say when it runs. */
const running = ["deployed", "unchanged", "adopted", "restored"];

/** Why nothing new runs, for people; undefined when it does, as far as anybody says. */
export function whyNotDeployed(status: string, reports: readonly ReadReport[]): string | undefined {
  const failed = reports.find(({ error }) => error !== undefined);
  if (failed !== undefined) return `${failed.action} ended as ${failed.status}`;
  if (status !== "" && !["success", ...running].includes(status)) return `the status is ${status}`;
  const idle = reports.find((report) =>
    ["planned", "superseded", "rolled-back"].includes(report.status),
  );
  return idle && `${idle.action} ended as ${idle.status}`;
}
