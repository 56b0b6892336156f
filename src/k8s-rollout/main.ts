import { openActionsLog } from "../platform/actions-log.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import { act } from "./action.js";
import type { World } from "./platform.js";

const log = openActionsLog(clock);
await act({ ...openRunner(log), clock, log, reach });

async function reach(): Promise<World> {
  const { httpClient } = await import("../platform/http-client.js");
  const { systemProcesses } = await import("../platform/system-processes.js");
  const { openCluster } = await import("../platform/kubectl-proxy.js");
  return {
    http: httpClient(process.env),
    processes: systemProcesses(process.env),
    openCluster: (address) => openCluster(address, process.env),
  };
}
