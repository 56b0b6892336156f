import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import type { Processes } from "../ports/processes.js";
import { adopt } from "./adopt.js";
import { backUp } from "./backup.js";
import { holdsSomething } from "./content-inputs.js";
import { deploy, type DeployPlan } from "./deploy.js";
import { dryRun, planMigration } from "./dry-run.js";
import type { Inputs } from "./inputs.js";
import type { Outcome } from "./outcome.js";
import { adoptFields, deployFields, otherFields, type Run } from "./plan.js";
import { restore } from "./restore.js";
import { rollback } from "./rollback.js";
import { runCommand } from "./run-command.js";
import type { Site } from "./site.js";
import { type OffSite, offSite } from "./off-site-tools.js";
import { status } from "./status.js";
import { filesToUpload } from "./upload.js";
import { verifyBackup } from "./verify-backup.js";
import { readWorkspace } from "./workspace.js";

/** What an operation needs besides the site. */
export interface Surroundings {
  readonly run: Run;
  readonly log: Log;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly http: Http;
}

/** Does what the inputs ask for. */
export async function runOperation(
  inputs: Inputs,
  site: Site,
  { run, log, processes, clock, http }: Surroundings,
): Promise<Outcome> {
  const { operation } = inputs;
  tellIgnored(inputs, log);
  const { server, gate } = site;
  const away: OffSite = await offSite(inputs.backup, http, log);
  if (operation === "status") return status(server, log);
  if (operation === "deploy") {
    const plan = await deployPlan(inputs, run);
    if (!plan.backsUp) log.info("without database-url there is nothing to back up");
    if (!inputs.dryRun) return deploy(plan, server, gate, { processes, offSite: away });
    return inputs.release.migratePlan === "" && plan.pull === undefined
      ? dryRun("deploy", plan.fields, server, log)
      : planMigration(plan, server);
  }
  const fields = operation === "adopt" ? adoptFields(inputs, run) : otherFields(inputs, run);
  if (inputs.dryRun) return dryRun(operation, fields, server, log);
  const operations = {
    rollback: () => rollback(fields, server, gate),
    backup: () => backUp(fields, server, away),
    restore: () =>
      restore(fields, server, gate, {
        clock,
        offSite: away,
        safetyBackup: inputs.restore.safetyBackup,
      }),
    "verify-backup": () => verifyBackup(fields, server, away),
    adopt: () => adopt(fields, server, gate),
    run: () => runCommand(fields, server),
  };
  return operations[operation]();
}

/** Reads what shall be uploaded, so that all that is wrong with it is known before the server is touched. */
async function deployPlan(inputs: Inputs, run: Run): Promise<DeployPlan> {
  const { release, allowOlder, force, rollbackOnFailure } = inputs;
  const { build, before, migrate, after } = release;
  const manifest =
    release.source === "none" ? [] : await readWorkspace(run.workspace, release.files);
  const fields = deployFields(inputs, run, manifest);
  return {
    fields,
    pull: release.strategy === "compose" ? { login: release.compose.login } : undefined,
    files: filesToUpload(run.workspace, manifest),
    origin: { sha: run.sha, runId: run.id, workspace: run.workspace },
    digest: fields["digest"] ?? "",
    backsUp: holdsSomething(inputs.backup.contents),
    ...{ build, before, migrate, after, allowOlder, force, rollbackOnFailure },
  };
}

/** Parameters of a database URL that libpq does not know change nothing, and somebody may wonder. */
function tellIgnored({ backup }: Inputs, log: Log): void {
  const names = backup.contents.ignored;
  if (names.length > 0) log.info(`database-url: ignored parameters: ${names.join(", ")}`);
}
