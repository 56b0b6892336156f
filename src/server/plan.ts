import { tarOf } from "../commands/tar.js";

/** What `begin` and `check` can be asked for. */
export type OperationName =
  "deploy" | "rollback" | "backup" | "restore" | "verify-backup" | "plan" | "adopt" | "run";

/**
 * The fields of a plan as docs/protocol.md names them. A field that is absent is taken from the current
 * release's record; one that is empty stays empty.
 */
export type PlanFields = Readonly<Record<string, string>>;

/** The fields as the tar that the server reads, one small file for each. */
export function packPlan(fields: PlanFields): Uint8Array {
  const files = Object.entries({ format: "1", ...fields }).map(([name, text]): [string, string] => [
    name,
    text,
  ]);
  return tarOf(new Map(files));
}
