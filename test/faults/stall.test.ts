import { startSshdHost } from "../support/deploy-host.js";
import { stalledLines } from "../support/faults/stalled-line.js";
import { worldOfFile } from "../support/world-of-file.js";

stalledLines(worldOfFile({ startHost: startSshdHost }), false);
