import { startSshdHost } from "../support/deploy-host.js";
import { killedRunner } from "../support/faults/killed-runner.js";
import { worldOfFile } from "../support/world-of-file.js";

killedRunner(worldOfFile({ startHost: startSshdHost }), true);
