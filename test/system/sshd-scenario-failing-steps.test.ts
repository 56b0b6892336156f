import { startSshdHost } from "../support/deploy-host.js";
import { failingSteps } from "../support/scenarios/failing-steps.js";
import { worldOfFile } from "../support/world-of-file.js";

failingSteps(worldOfFile({ startHost: startSshdHost }));
