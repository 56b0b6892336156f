import { startSshdHost } from "../support/deploy-host.js";
import { operations } from "../support/scenarios/operations.js";
import { worldOfFile } from "../support/world-of-file.js";

operations(worldOfFile({ startHost: startSshdHost }));
