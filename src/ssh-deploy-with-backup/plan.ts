import { exportStatements } from "../commands/shell.js";
import { recordedChecks } from "../gate/server-checks/recorded.js";
import { parseDuration } from "../kit/duration.js";
import type { PlanFields } from "../server/plan.js";
import { defaultKeep, defaultKeepFiles } from "./backup-inputs.js";
import type { Store } from "./content-inputs.js";
import { digestOf } from "./digest.js";
import { type Inputs, timeDefaults } from "./inputs.js";
import { type Manifest, manifestText } from "./manifest.js";
import { defaultKeepReleases } from "./release-inputs.js";
import { defaultKeepOld } from "./restore-inputs.js";

/** The run of the workflow that we are part of. */
export interface Run {
  readonly sha: string;
  readonly ref: string;
  readonly actor: string;
  readonly url: string;
  readonly id: string;
  readonly repository: string;
  readonly workspace: string;
  /** The file of the workflow, as `OWNER/REPO/PATH@REF`, and the job in it, where they are known. */
  readonly workflowRef?: string;
  readonly job?: string;
}

/** The plan of a deploy: the release's whole record, whatever was not given being empty. */
export function deployFields(inputs: Inputs, run: Run, manifest: Manifest): PlanFields {
  const { release, backup } = inputs;
  const files = manifestText(manifest);
  const env = exportStatements(release.env);
  return {
    ...originFields(run),
    ...hookFields(inputs),
    ...contentFields(inputs),
    ...composeFields(inputs),
    strategy: release.strategy,
    source: release.source,
    files,
    env,
    digest: digestOf({ ...release, files, env, stack: Object.values(composeFields(inputs)) }),
    "shared-paths": lines(release.sharedPaths),
    "health-url": inputs.health.url ?? "",
    "health-expect": inputs.health.expect ?? "",
    "health-checks": recordedChecks(inputs.health.checks),
    "health-timeout": seconds(inputs.health.timeoutMs),
    migrations: release.migrations,
    "migrations-table": lines(release.migrationsTables),
    "backup-dir": backup.dir,
    "backup-label": backup.label || "deploy",
    "backup-keep": keepText(backup.keep),
    "backup-keep-files": String(backup.keepFiles),
    "backup-verify": backup.verify,
    "backup-compression": backup.compression,
    "backup-upload": backup.uploadPlace,
    stop: inputs.restore.stop,
    "keep-old-database": seconds(inputs.restore.keepOldMs),
    "rollback-database": inputs.restore.afterFailure,
    "keep-releases": String(release.keepReleases),
    "confirm-timeout": seconds(inputs.confirmTimeoutMs),
    "lock-timeout": seconds(inputs.lockTimeoutMs),
    "rollback-on-failure": String(inputs.rollbackOnFailure),
    "upload-bytes": String(manifest.reduce((sum, { size }) => sum + size, 0)),
  };
}

/** The plan of an adoption: what a deploy would record, of a release that no run has made. */
export function adoptFields(inputs: Inputs, run: Run): PlanFields {
  return { ...deployFields(inputs, run, []), sha: "", ref: "", digest: "" };
}

/**
 * The plan of any other operation: what is empty, or stands at its default, is left out, and the server takes
 * it from the running release's record.
 */
export function otherFields(inputs: Inputs, run: Run): PlanFields {
  const { backup, rollback, release, command } = inputs;
  return given({
    ...originFields(run),
    ...contentFields(inputs),
    "health-url": inputs.health.url ?? "",
    "health-expect": inputs.health.expect ?? "",
    "health-checks": recordedChecks(inputs.health.checks),
    "migrations-table": lines(release.migrationsTables),
    "backup-dir": backup.dir,
    "backup-label": backup.label || ownLabel(inputs),
    "backup-keep": unlessDefault(keepText(backup.keep), keepText(defaultKeep)),
    "backup-keep-files": unlessDefault(String(backup.keepFiles), String(defaultKeepFiles)),
    "backup-verify": unlessDefault(backup.verify, "read"),
    "backup-compression": unlessDefault(backup.compression, "auto"),
    "keep-releases": unlessDefault(String(release.keepReleases), String(defaultKeepReleases)),
    "confirm-timeout": unlessDefault(
      seconds(inputs.confirmTimeoutMs),
      seconds(parseDuration(timeDefaults.confirm) ?? 0),
    ),
    "lock-timeout": unlessDefault(
      seconds(inputs.lockTimeoutMs),
      seconds(parseDuration(timeDefaults.lock) ?? 0),
    ),
    release: rollback.release,
    "across-migrations": String(rollback.acrossMigrations),
    "rollback-env": rollback.env,
    "backup-upload": backup.uploadPlace,
    backup: backup.backup,
    command: command.lines,
    service: command.service,
    fetch: backup.source === undefined ? "" : "true",
    ...restoreFields(inputs),
  });
}

function originFields(run: Run): PlanFields {
  return {
    sha: run.sha,
    ref: run.ref,
    actor: run.actor,
    "run-url": run.url,
    "run-id": run.id,
    repository: run.repository,
  };
}

function hookFields({ release }: Inputs): PlanFields {
  const { shell, build, restart, before, migrate, after, onRecovery, migratePlan } = release;
  return {
    shell,
    build,
    restart,
    before,
    migrate,
    after,
    "on-recovery": onRecovery,
    "migrate-plan": migratePlan,
  };
}

/** None for another strategy, so that its records and digests stay what they are. */
function composeFields({ release: { strategy, compose } }: Inputs): PlanFields {
  if (strategy !== "compose") return {};
  return {
    "compose-files": lines(compose.files),
    project: compose.project,
    services: lines(compose.services),
    images: lines(compose.images),
    rollout: compose.rollout,
    proxy: compose.proxy,
    "proxy-lines": compose.proxyLines,
    switch: compose.switch,
    drain: seconds(compose.drainMs),
    "make-room": lines(compose.makeRoom),
    reload: lines(compose.reload),
  };
}

/** What is backed up, and how it is reached: as the server program reads it, quoted for its shell. */
function contentFields({ backup, restore }: Inputs): PlanFields {
  const { databases, redis, mediaPath, configPaths } = backup.contents;
  const stores = databases.map((store, index) =>
    storeFields(`databases/${String(index + 1)}`, store),
  );
  return {
    ...Object.fromEntries(stores.flatMap((store) => Object.entries(store))),
    ...(redis && storeFields("redis", redis)),
    ...(restore.pooler && { "pgbouncer/env": exportStatements(restore.pooler.variables) }),
    "media-path": mediaPath,
    "config-paths": lines(configPaths),
  };
}

function storeFields(folder: string, { variables, service }: Store): PlanFields {
  return {
    [`${folder}/env`]: exportStatements(variables),
    ...(service !== "" && { [`${folder}/service`]: service }),
  };
}

function restoreFields({ operation, restore }: Inputs): PlanFields {
  if (operation !== "restore") return {};
  return {
    contents: lines(restore.contents),
    stop: restore.stop,
    "keep-old-database": unlessDefault(
      seconds(restore.keepOldMs),
      seconds(parseDuration(defaultKeepOld) ?? 0),
    ),
  };
}

function ownLabel({ operation }: Inputs): string {
  if (operation === "backup") return "manual";
  return operation === "restore" ? "safety" : "deploy";
}

function given(fields: PlanFields): PlanFields {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ""));
}

function unlessDefault(value: string, fallback: string): string {
  return value === fallback ? "" : value;
}

function keepText(keep: ReadonlyMap<string, number>): string {
  return lines(Array.from(keep, ([label, count]) => `${label}=${String(count)}`));
}

function lines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join("");
}

/** Whole seconds, never fewer than asked for. */
function seconds(ms: number): string {
  return String(Math.ceil(ms / 1000));
}
