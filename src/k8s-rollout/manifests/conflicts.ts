import type { ApiFailure } from "../cluster/api-failure.js";

/** A field that somebody else owns. */
export interface FieldConflict {
  readonly manager: string;
  /** `.spec.replicas`. */
  readonly field: string;
}

/** The conflicts that a refused apply names; none for another failure. */
export function conflictsIn(failure: ApiFailure): readonly FieldConflict[] {
  if (failure.status !== 409) return [];
  return failure.causes
    .filter(({ reason }) => reason === "FieldManagerConflict")
    .map(({ field, message }) => ({
      field,
      manager: /conflict with "([^"]*)"/.exec(message)?.[1] ?? "",
    }));
}

/** A person at a keyboard, whose changes are meant to be replaced by what is written down. */
export function isPerson({ manager }: FieldConflict): boolean {
  return /^kubectl\b/.test(manager) || manager === "before-first-apply";
}

/** `kubectl-set (.spec.template.…image)`. */
export function conflictText(conflicts: readonly FieldConflict[]): string {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))];
  return managers
    .map((manager) => {
      const fields = conflicts.filter((one) => one.manager === manager).map(({ field }) => field);
      return `${manager} (${fields.join(", ")})`;
    })
    .join("; ");
}
