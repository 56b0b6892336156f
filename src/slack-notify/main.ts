import { openActionsLog } from "../platform/actions-log.js";
import { stopHard } from "../platform/hard-stop.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import type { Processes } from "../ports/processes.js";
import { act } from "./action.js";
import type { World } from "./platform.js";

const log = openActionsLog(clock);
await act({ ...openRunner(log), clock, log, random: () => Math.random(), reach });
stopHard(200);

async function reach(): Promise<World> {
  const { httpClient } = await import("../platform/http-client.js");
  return { http: httpClient(process.env), processes: { run } };
}

/** Most runs need no git: what starts it is loaded when one does. */
async function run(...words: Parameters<Processes["run"]>): ReturnType<Processes["run"]> {
  const { systemProcesses } = await import("../platform/system-processes.js");
  return systemProcesses(process.env).run(...words);
}
