import { startSshdHost } from "../support/deploy-host.js";
import { cutLine } from "../support/faults/cut-line.js";
import { worldOfFile } from "../support/world-of-file.js";

cutLine(worldOfFile({ startHost: startSshdHost }), false);
