import { operations } from "../support/scenarios/operations.js";
import { worldOfFile } from "../support/world-of-file.js";

operations(worldOfFile());
