import { startSshdHost } from "../support/deploy-host.js";
import { rollbacks } from "../support/scenarios/rollbacks.js";
import { worldOfFile } from "../support/world-of-file.js";

rollbacks(worldOfFile({ startHost: startSshdHost }));
