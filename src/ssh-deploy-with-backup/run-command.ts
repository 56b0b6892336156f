import type { PlanFields } from "../server/plan.js";
import type { Server } from "../server/server.js";
import { type Outcome, outcome } from "./outcome.js";
import { singleStep } from "./single-step.js";

/** Runs lines once in the environment of the release that serves; the outcome has their exit code. */
export async function runCommand(fields: PlanFields, server: Server): Promise<Outcome> {
  const operation = await server.begin("run", fields);
  const release = operation.look.previous?.id ?? "";
  const result = await singleStep(operation, "run", () =>
    outcome("ran", `the command has ended well in ${release}`, { operation }),
  );
  const code = operation.results.findLast(({ key }) => key === "code")?.values[0] ?? "";
  return { ...result, outputs: { ...result.outputs, release, "exit-code": code } };
}
