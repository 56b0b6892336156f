import { refusalsOverRelease } from "../support/scenarios/refusals-over-release.js";
import { worldOfFile } from "../support/world-of-file.js";

refusalsOverRelease(worldOfFile());
