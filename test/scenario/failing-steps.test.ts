import { failingSteps } from "../support/scenarios/failing-steps.js";
import { worldOfFile } from "../support/world-of-file.js";

failingSteps(worldOfFile());
