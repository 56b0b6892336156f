import type { Processes } from "../ports/processes.js";
import type { Operation, PullInput } from "../server/operation.js";
import type { ReleaseFiles } from "../server/release-files.js";
import type { PlanFields } from "../server/plan.js";
import type { Server } from "../server/server.js";
import type { AppGate } from "./app-gate.js";
import type { OffSite } from "./off-site-tools.js";
import { type Outcome, outcome } from "./outcome.js";
import { type Origin, refuseOlder } from "./superseded.js";
import { settleUnconfirmed } from "./unconfirmed.js";
import { undo } from "./undo.js";

/** All that a deploy is; lines are empty where there are none. */
export interface DeployPlan {
  /** The release's record. */
  readonly fields: PlanFields;
  readonly files: ReleaseFiles;
  readonly origin: Origin;
  readonly digest: string;
  /** What the pull step is given; undefined where the strategy pulls nothing. */
  readonly pull: PullInput | undefined;
  readonly build: string;
  readonly backsUp: boolean;
  readonly before: string;
  readonly migrate: string;
  readonly after: string;
  readonly allowOlder: boolean;
  readonly force: boolean;
  readonly rollbackOnFailure: boolean;
}

/** What a deploy needs besides the server. */
export interface DeployTools {
  readonly processes: Processes;
  readonly offSite: OffSite;
}

/** Deploys `plan`, or leaves the server serving what it served before. */
export async function deploy(
  plan: DeployPlan,
  server: Server,
  gate: AppGate,
  { processes, offSite }: DeployTools,
): Promise<Outcome> {
  const operation = await server.begin("deploy", plan.fields); // lock and guardian; undone by itself if we vanish
  try {
    await settleUnconfirmed(operation, server, gate, plan.force);
    if (!plan.allowOlder) await refuseOlder(plan.origin, operation.look.previous, processes);
    if (isUnchanged(plan, operation)) return await keepUnchanged(operation, gate);
    await operation.upload(plan.files);
    if (plan.pull !== undefined) await operation.pull(plan.pull);
    await operation.run("build", plan.build);
    await operation.run("backup", plan.backsUp ? undefined : ""); // verified, or nothing has changed yet
    await offSite.trySend(operation);
    await operation.run("before", plan.before);
    await operation.run("migrate", plan.migrate);
    await gate.measuring(operation.signal, async () => {
      await operation.run("activate");
      await gate.open(operation.signal);
    });
    await gate.observe(operation.signal);
    await operation.run("after", plan.after);
    await operation.confirm();
    return deployed(operation, gate);
  } catch (failure) {
    return undo(operation, failure, gate, plan); // keeps the failure, adds what the undo did
  }
}

function isUnchanged(plan: DeployPlan, operation: Operation): boolean {
  return !plan.force && operation.look.previous?.digest === plan.digest;
}

/** What runs is what would be deployed, perhaps under another commit's name: it must be healthy, and that is all. */
async function keepUnchanged(operation: Operation, gate: AppGate): Promise<Outcome> {
  await gate.openForAny("gate", operation.signal);
  const running = operation.look.previous?.id ?? "";
  const verdict = `${running} has the same files, environment and lines: nothing to do`;
  await operation.abandon("unchanged", verdict);
  return outcome("unchanged", verdict, {
    operation,
    ...gate.told,
    outputs: { release: running },
  });
}

function deployed(operation: Operation, gate: AppGate): Outcome {
  const { release, previous } = operation.look;
  return outcome(
    "deployed",
    `${release} serves${previous === undefined ? "" : `, after ${previous.id}`}`,
    {
      operation,
      ...gate.told,
    },
  );
}
