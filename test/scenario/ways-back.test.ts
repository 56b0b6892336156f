import { waysBack } from "../support/scenarios/ways-back.js";
import { worldOfFile } from "../support/world-of-file.js";

waysBack(worldOfFile());
