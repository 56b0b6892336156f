import { TestRunner } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** How many tries of its fault the test has made, where one test makes several. */
    tries?: number;
  }
}

/** Counts one more try of a fault for the table; a test that never calls this is one try by itself. */
export function tried(): void {
  const { meta } = TestRunner.getCurrentTest() ?? {};
  if (meta !== undefined) meta.tries = (meta.tries ?? 0) + 1;
}
