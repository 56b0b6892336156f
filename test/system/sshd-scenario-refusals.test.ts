import { startSshdHost } from "../support/deploy-host.js";
import { refusals } from "../support/scenarios/refusals.js";
import { worldOfFile } from "../support/world-of-file.js";

refusals(worldOfFile({ startHost: startSshdHost }));
