import { openActionsLog } from "../platform/actions-log.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import { act } from "./action.js";
import type { World } from "./platform.js";
import { finish } from "./post.js";
import { savedState } from "./saved-state.js";

const log = openActionsLog(clock);
const runner = openRunner(log);
const platform = { ...runner, clock, log, reach };

// The same file is the post step: what the main step saved tells them apart.
const step = runner.state(savedState.main) === "" ? act : finish;
if (step === act) runner.saveState(savedState.main, "started");
await step(platform);

async function reach(): Promise<World> {
  const { httpClient } = await import("../platform/http-client.js");
  const { tcpClient } = await import("../platform/tcp-client.js");
  const { systemProcesses } = await import("../platform/system-processes.js");
  const { openSshHost } = await import("../platform/ssh-host.js");
  const { readProgram } = await import("../server/program.js");
  return {
    http: httpClient(process.env),
    tcp: tcpClient,
    processes: systemProcesses(process.env),
    openHost: (connection) => openSshHost(connection, { clock, log }),
    // Not `new URL`, which the bundler would make an asset of.
    readProgram: () => readProgram(`${import.meta.dirname}/belay.sh`),
  };
}
