import { restores } from "../support/scenarios/restores.js";
import { worldOfFile } from "../support/world-of-file.js";

restores(worldOfFile());
