import { openActionsLog } from "../platform/actions-log.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import { act } from "./action.js";
import type { World } from "./platform.js";
import { cleanUp } from "./post.js";

const log = openActionsLog(clock);
const runner = openRunner(log);
await (runner.isPost ? cleanUp : act)({
  ...runner,
  clock,
  log,
  random: () => Math.random(),
  reach,
});

async function reach(): Promise<World> {
  const { httpClient } = await import("../platform/http-client.js");
  const { systemProcesses } = await import("../platform/system-processes.js");
  const { dockerEnvironment } = await import("../platform/docker-environment.js");
  return {
    http: httpClient(process.env, { keepAlive: true }),
    processes: systemProcesses(process.env),
    docker: dockerEnvironment(process.env),
  };
}
