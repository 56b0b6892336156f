import { startSshdHost } from "../support/deploy-host.js";
import { restores } from "../support/scenarios/restores.js";
import { worldOfFile } from "../support/world-of-file.js";

restores(worldOfFile({ startHost: startSshdHost }));
