import { killedRunner } from "../support/faults/killed-runner.js";
import { worldOfFile } from "../support/world-of-file.js";

killedRunner(worldOfFile(), false);
