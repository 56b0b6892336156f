import type { Report } from "./report.js";

/** Somebody who is told of an operation as it goes on. Never throws, and never changes how it ends. */
export interface Onlooker {
  /** The inputs are valid; nothing has been touched yet. */
  begins(operation: { readonly changesAnything: boolean }): void;
  /** The step `name` begins. */
  step(name: string): void;
  /** All is over but for the last lines. Resolves to outputs of the onlooker's own. */
  ends(report: Report): Promise<Readonly<Record<string, string>>>;
}

/** Nobody looks on. */
export const nobody: Onlooker = {
  begins: () => undefined,
  step: () => undefined,
  ends: () => Promise.resolve({}),
};
