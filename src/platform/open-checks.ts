import type { Log } from "../ports/log.js";
import type { Cache } from "../ports/cache.js";
import type { Children } from "../ports/children.js";
import type { Runner } from "../ports/runner.js";
import { openRunner } from "./runner.js";
import { systemClock } from "./system-clock.js";

/** The runner as the test actions see it. */
export interface ChecksRunner extends Runner {
  readonly clock: typeof systemClock;
  readonly log: Log;
  readonly variable: (name: string) => string;
  readonly temp: string;
  readonly home: string;
  readonly machine: string;
  readonly openChildren: () => Promise<Children>;
  readonly openCache: () => Promise<Cache | undefined>;
}

/** The real one; `home` is the folder of the bundle. */
export function openChecksRunner(log: Log, home: string): ChecksRunner {
  const { env } = process;
  return {
    ...openRunner(log),
    clock: systemClock,
    log,
    variable: (name) => env[name] ?? "",
    temp: env["RUNNER_TEMP"] || env["TMPDIR"] || "/tmp",
    home,
    machine: `${process.platform}-${process.arch}`,
    openChildren: async () => {
      const { systemChildren } = await import("./system-children.js");
      return systemChildren(env);
    },
    openCache: async () => {
      const { openActionsCache } = await import("./actions-cache.js");
      return openActionsCache(env);
    },
  };
}
