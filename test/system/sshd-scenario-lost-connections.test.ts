import { startSshdHost } from "../support/deploy-host.js";
import { lostConnections } from "../support/scenarios/lost-connections.js";
import { worldOfFile } from "../support/world-of-file.js";

lostConnections(worldOfFile({ startHost: startSshdHost }));
