import type { ReadChecks } from "../gate/checks-reader.js";
import { type GateInputs, readGate } from "../gate/gate-inputs.js";
import type { InputReader } from "../kit/inputs.js";
import { readSshConnection, type SshConnection } from "../kit/ssh-connection.js";
import { type BackupInputs, readBackup } from "./backup-inputs.js";
import { type CommandInputs, readCommand } from "./command-inputs.js";
import { readRelease, type ReleaseInputs } from "./release-inputs.js";
import { readRestore, type RestoreInputs } from "./restore-inputs.js";

export const operations = [
  "deploy",
  "rollback",
  "backup",
  "restore",
  "verify-backup",
  "status",
  "adopt",
  "run",
] as const;
export type OperationInput = (typeof operations)[number];

/** What the user asked for, fully parsed. */
export interface Inputs {
  readonly operation: OperationInput;
  readonly connection: SshConnection;
  /** Absolute, or `~/…`; no slash at its end. */
  readonly path: string;
  readonly release: ReleaseInputs;
  readonly backup: BackupInputs;
  readonly restore: RestoreInputs;
  readonly health: GateInputs;
  readonly rollback: RollbackInputs;
  readonly command: CommandInputs;
  readonly rollbackOnFailure: boolean;
  readonly allowOlder: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly summary: boolean;
  readonly lockTimeoutMs: number;
  readonly confirmTimeoutMs: number;
}

/** Where `operation: rollback` goes. */
export interface RollbackInputs {
  /** Empty: the release that was confirmed last before the current one. */
  readonly release: string;
  readonly acrossMigrations: boolean;
  readonly env: "recorded" | "current";
}

/** The defaults that the recorded release overrides in all operations but `deploy`. */
export const timeDefaults = { lock: "10m", confirm: "2m" } as const;

/** Reads all inputs; throws one `config` error with everything that is wrong with them. Masks each secret first. */
export function readInputs(
  reader: InputReader,
  mask: (secret: string) => void,
  readChecks: ReadChecks,
): Inputs {
  const connection = readSshConnection(reader);
  const operation = reader.choice("operation", operations, "deploy");
  const release = readRelease(reader, operation);
  const backup = readBackup(reader, mask);
  const inputs: Inputs = {
    operation,
    connection,
    path: readPath(reader),
    release,
    backup,
    restore: readRestore(reader, mask),
    health: readGate(reader.under("health-"), mask, readChecks, {
      recorded: operation !== "deploy" && operation !== "adopt",
    }),
    rollback: readRollback(reader),
    command: readCommand(reader, operation),
    rollbackOnFailure: reader.boolean("rollback-on-failure", true),
    allowOlder: reader.boolean("allow-older", false),
    force: reader.boolean("force", false),
    dryRun: reader.boolean("dry-run", false),
    summary: reader.boolean("summary", true),
    lockTimeoutMs: reader.duration("lock-timeout", { default: timeDefaults.lock }),
    confirmTimeoutMs: reader.duration("confirm-timeout", {
      default: timeDefaults.confirm,
      min: "2s",
      max: "1h",
    }),
  };
  requireHealth(reader, inputs);
  reader.finish();
  return inputs;
}

function readPath(reader: InputReader): string {
  const accepted = "an absolute path, or one that begins with ~/, without `..`";
  const pattern = /^(?!.*(^|\/)\.\.(\/|$))(\/|~\/)[^\p{Cc}]*[^\p{Cc}/.][^\p{Cc}]*$/u;
  return reader
    .text("path", { required: true, example: "/srv/app", accepted, pattern })
    .replace(/\/+$/, "");
}

function readRollback(reader: InputReader): RollbackInputs {
  const accepted = "the id of a release, as `operation: status` lists them";
  return {
    release: reader.text("release", {
      accepted,
      example: "20260314T092653Z-1a2b3c4",
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    }),
    acrossMigrations: reader.boolean("across-migrations", false),
    env: reader.choice("rollback-env", ["recorded", "current"], "recorded"),
  };
}

function requireHealth(reader: InputReader, { operation, health }: Inputs): void {
  const required = reader.boolean("health-required", false);
  if (required && operation === "deploy" && health.checks.length === 0) {
    reader.problem("health-url", {
      accepted:
        "a URL that answers when the app works, or health-checks, because health-required is true",
      example: "https://app.example.com/health",
    });
  }
}
