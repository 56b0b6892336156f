import type { Processes } from "../ports/processes.js";

/** Processes whose code is loaded by the first that is started: most runs start none. */
export function lazyProcesses(env: Readonly<NodeJS.ProcessEnv>): Processes {
  return {
    run: async (...words) => {
      const { systemProcesses } = await import("./system-processes.js");
      return systemProcesses(env).run(...words);
    },
  };
}
