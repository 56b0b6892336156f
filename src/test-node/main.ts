import { openActionsLog } from "../platform/actions-log.js";
import { openChecksRunner } from "../platform/open-checks.js";
import { systemClock } from "../platform/system-clock.js";
import { act } from "./action.js";

await act(openChecksRunner(openActionsLog(systemClock), import.meta.dirname));
