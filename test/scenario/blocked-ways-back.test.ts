import { blockedWaysBack } from "../support/scenarios/blocked-ways-back.js";
import { worldOfFile } from "../support/world-of-file.js";

blockedWaysBack(worldOfFile());
