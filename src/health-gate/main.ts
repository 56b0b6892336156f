import { openActionsLog } from "../platform/actions-log.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import { act } from "./action.js";

const log = openActionsLog(clock);

await act({
  ...openRunner(log),
  clock,
  log,
  reach: async () => {
    const { httpClient } = await import("../platform/http-client.js");
    const { tcpClient: tcp } = await import("../platform/tcp-client.js");
    return { http: httpClient(process.env), tcp };
  },
  openHost: async (connection) => {
    const { openSshHost } = await import("../platform/ssh-host.js");
    return openSshHost(connection, { clock, log });
  },
});
