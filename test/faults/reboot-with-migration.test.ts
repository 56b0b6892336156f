import { startSshdHost } from "../support/deploy-host.js";
import { rebootedServer } from "../support/faults/rebooted-server.js";
import { worldOfFile } from "../support/world-of-file.js";

rebootedServer(worldOfFile({ startHost: startSshdHost }), true);
