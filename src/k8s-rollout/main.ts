import { openActionsLog } from "../platform/actions-log.js";
import { reachCluster } from "../platform/reach-cluster.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import { act } from "./action.js";

const log = openActionsLog(clock);
await act({ ...openRunner(log), clock, log, reach: reachCluster });
