import { stalledLine } from "../support/scenarios/lost-connections.js";
import { worldOfFile } from "../support/world-of-file.js";

stalledLine(worldOfFile());
