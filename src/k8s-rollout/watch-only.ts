import { causeBox } from "./cause-box.js";
import { explain } from "./explain-failure.js";
import { nameOf } from "./cluster/objects.js";
import type { Workload } from "./cluster/workloads.js";
import { BelayError } from "../kit/errors.js";
import type { Inputs, WorkloadName } from "./inputs.js";
import type { Health } from "./health.js";
import type { Outcome } from "./outcome.js";
import type { Processes } from "../ports/processes.js";
import { rolloutSection } from "./rollout-section.js";
import type { Patience, Rollouts } from "./rollouts.js";
import type { Site } from "./site.js";

/** Watches what something else has applied; when it fails, runs the lines that the user gave for that. */
export async function watchOnly(
  inputs: Inputs,
  {
    rollouts,
    health,
    patience,
    processes,
  }: {
    readonly rollouts: Rollouts;
    readonly health: Health;
    readonly patience: Patience;
    readonly processes: Processes;
  },
  site: Site,
): Promise<Outcome> {
  const workloads = chosen(rollouts.workloads, inputs.workloads, site.namespace);
  try {
    await site.timeline.step("rollout", () => rollouts.done(workloads, patience));
    await health.open();
  } catch (failure) {
    const error = explain(failure, site.signal);
    const box = causeBox(error.message, rollouts.evidence);
    const sections = [box, rolloutSection(rollouts.rolled)];
    const told = { error, sections, outputs: { cause: error.message } };
    if (error.code === "superseded")
      return { status: "superseded", verdict: error.message, ...told };
    return { ...told, ...(await runUndo(inputs.undo, error, processes, site)) };
  }
  const names = workloads.map(nameOf).join(", ");
  const sections = [rolloutSection(rollouts.rolled), ...health.sections];
  return { status: "deployed", verdict: `${names}: ready`, facts: health.facts, sections };
}

function chosen(
  all: readonly Workload[],
  names: readonly WorkloadName[],
  namespace: string,
): readonly Workload[] {
  if (names.length === 0 && all.length > 0) return all;
  const wanted = names.map(({ kind, name }) => `${kind}/${name}`);
  const missing = wanted.filter((name) => !all.some((one) => nameOf(one) === name));
  if (missing.length === 0 && wanted.length > 0)
    return all.filter((one) => wanted.includes(nameOf(one)));
  const what = missing.length > 0 ? missing.join(", ") : "workload";
  const remedy = "Check `namespace` and `workloads`, and that the step before has applied them.";
  throw new BelayError("config", `${namespace} has no ${what}`, remedy);
}

async function runUndo(
  lines: string,
  error: BelayError,
  processes: Processes,
  { log, timeline }: Site,
): Promise<Pick<Outcome, "status" | "verdict" | "error">> {
  if (lines === "") return { status: "failed", verdict: error.message, error };
  log.info(`undo: ${error.message}: running the undo lines`);
  try {
    await timeline.step("undo", async () => {
      const { code, stdout, stderr } = await processes.run([
        "bash",
        "-euo",
        "pipefail",
        "-c",
        lines,
      ]);
      log.output(`${stdout}${stderr}`);
      if (code !== 0) throw new Error(`the undo lines ended with exit code ${code}`);
    });
    return { status: "rolled-back", verdict: `${error.message}; the undo lines were run`, error };
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    const message = `${error.message}; ${why}`;
    const remedy = "Look at their output, above, and put the old release back by hand.";
    const both = new BelayError("rollback-failed", message, remedy, { cause: error });
    return { status: "rollback-failed", verdict: message, error: both };
  }
}
