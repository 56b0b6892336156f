import { openActionsLog } from "../platform/actions-log.js";
import { openChecksRunner } from "../platform/open-checks.js";
import { systemClock } from "../platform/system-clock.js";
import { act } from "../checks/act.js";
import { testDjango } from "./action.js";

const log = openActionsLog(systemClock);
await act(testDjango, openChecksRunner(log, import.meta.dirname));
