import { openActionsLog } from "../platform/actions-log.js";
import { stopHard } from "../platform/hard-stop.js";
import { reachCluster } from "../platform/reach-cluster.js";
import { reachServer } from "../platform/reach-server.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import type { World } from "../ssh-deploy-with-backup/platform.js";
import { act } from "./action.js";
import { finish } from "./post.js";

const log = openActionsLog(clock);
const runner = openRunner(log);
const random = (): number => Math.random();
await (runner.isPost ? finish : act)({ ...runner, clock, log, random, reach, reachCluster });
stopHard(200);

async function reach(): Promise<World> {
  const { readProgram } = await import("../server/program.js");
  return {
    ...(await reachServer(clock, log)),
    // Not `new URL`, which the bundler would make an asset of.
    readProgram: () => readProgram(`${import.meta.dirname}/belay.sh`),
  };
}
