import { openActionsLog } from "../platform/actions-log.js";
import { stopHard } from "../platform/hard-stop.js";
import { lazyProcesses } from "../platform/lazy-processes.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import { act } from "./action.js";
import type { World } from "./platform.js";

const log = openActionsLog(clock);
await act({ ...openRunner(log), clock, log, random: () => Math.random(), reach });
stopHard(200);

async function reach(): Promise<World> {
  const { httpClient } = await import("../platform/http-client.js");
  return { http: httpClient(process.env), processes: lazyProcesses(process.env) };
}
