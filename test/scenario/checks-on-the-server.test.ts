import { checksOnTheServer } from "../support/scenarios/checks-on-the-server.js";
import { worldOfFile } from "../support/world-of-file.js";

checksOnTheServer(worldOfFile());
