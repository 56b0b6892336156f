import { startSshdHost } from "../support/deploy-host.js";
import { hostileInputs } from "../support/scenarios/hostile-inputs.js";
import { worldOfFile } from "../support/world-of-file.js";

hostileInputs(worldOfFile({ startHost: startSshdHost }));
