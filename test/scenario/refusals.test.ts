import { refusals } from "../support/scenarios/refusals.js";
import { worldOfFile } from "../support/world-of-file.js";

refusals(worldOfFile());
