import { startSshdHost } from "../support/deploy-host.js";
import { plantedSecrets } from "../support/scenarios/secrets.js";
import { worldOfFile } from "../support/world-of-file.js";

plantedSecrets(worldOfFile({ startHost: startSshdHost }));
