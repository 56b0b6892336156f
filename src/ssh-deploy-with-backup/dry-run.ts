import { asBelayError } from "../kit/errors.js";
import type { Log } from "../ports/log.js";
import type { OperationName, PlanFields } from "../server/plan.js";
import type { Look } from "../server/look.js";
import type { Server } from "../server/server.js";
import type { DeployPlan } from "./deploy.js";
import { type Fact, type Outcome, outcome } from "./outcome.js";

/** Checks everything for `operation`, prints what it would do, and changes nothing. */
export async function dryRun(
  operation: OperationName,
  fields: PlanFields,
  server: Server,
  log: Log,
): Promise<Outcome> {
  const look = await server.check(operation, fields);
  const facts = [...planFacts(operation, fields, look), ...look.facts];
  for (const { name, value } of facts) log.info(`${name}: ${value}`);
  return outcome("planned", `${operation} is possible; nothing was changed`, {
    facts,
    outputs: {
      "previous-release": look.previous?.id ?? "",
      candidates: look.candidates.map(({ id }) => id).join("\n"),
    },
  });
}

/**
 * As `dryRun` of a deploy; makes the release besides, so that its services can be compared with those that run and
 * its `migrate-plan` lines be run, for whoever approves.
 */
export async function planMigration(plan: DeployPlan, server: Server): Promise<Outcome> {
  const operation = await server.begin("plan", plan.fields);
  try {
    await operation.upload(plan.files);
    if (plan.pull !== undefined) await operation.pull(plan.pull);
    await operation.run("build", plan.build);
    await operation.run("migrate-plan", plan.fields["migrate-plan"]);
    await operation.abandon("planned", "planned");
  } catch (failure) {
    const error = asBelayError(failure);
    await operation.undo(error.message).catch(() => undefined);
    return outcome("failed", error.message, { operation, error });
  }
  const facts = planFacts("deploy", plan.fields, operation.look);
  return outcome("planned", "the plan stands above; nothing was changed", { operation, facts });
}

/** What would happen, as rows. */
function planFacts(operation: OperationName, fields: PlanFields, look: Look): readonly Fact[] {
  if (operation !== "deploy") return [{ name: "running", value: look.previous?.id ?? "none" }];
  const steps = ["build", "before", "migrate", "restart", "after"].filter(
    (name) => (fields[name] ?? "") !== "",
  );
  const databases = Object.keys(fields).filter((name) => name.startsWith("databases/")).length;
  return [
    { name: "running", value: look.previous?.id ?? "none: this is the first deploy" },
    { name: "same as running", value: String(look.previous?.digest === fields["digest"]) },
    {
      name: "files",
      value: `${String((fields["files"] ?? "").split("\nf\t").length)} files, ${fields["upload-bytes"] ?? "0"} bytes`,
    },
    {
      name: "backup",
      value: databases === 0 ? "no database is given" : `${String(databases)} database(s)`,
    },
    { name: "lines", value: steps.join(", ") || "none" },
  ];
}
