import { openActionsLog } from "../platform/actions-log.js";
import { reachServer } from "../platform/reach-server.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import { act } from "./action.js";
import type { World } from "./platform.js";
import { finish } from "./post.js";

const log = openActionsLog(clock);
const runner = openRunner(log);
await (runner.isPost ? finish : act)({ ...runner, clock, log, reach });

async function reach(): Promise<World> {
  const { readProgram } = await import("../server/program.js");
  return {
    ...(await reachServer(clock, log)),
    // Not `new URL`, which the bundler would make an asset of.
    readProgram: () => readProgram(`${import.meta.dirname}/belay.sh`),
  };
}
