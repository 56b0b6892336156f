import { packPlan, type PlanFields } from "../../src/server/plan.js";
import type { Answer, BelayServer } from "./belay-server.js";

/** All steps of a restore up to the confirm, with beats; the answer of the last one that was made. */
export async function restoreSteps(
  server: BelayServer,
  token: string,
  fields: PlanFields = {},
): Promise<Answer> {
  const begun = await server.call(["begin", "restore", token], packPlan(fields));
  if (begun.code !== 0) return begun;
  const attendance = server.attend(token);
  try {
    const steps = await server.steps(token, "backup", "load", "stop", "swap", "start");
    return steps.at(-1) ?? begun;
  } finally {
    attendance.stop();
  }
}
