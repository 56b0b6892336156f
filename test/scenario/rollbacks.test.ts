import { rollbacks } from "../support/scenarios/rollbacks.js";
import { worldOfFile } from "../support/world-of-file.js";

rollbacks(worldOfFile());
