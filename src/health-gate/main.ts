import { openActionsLog } from "../platform/actions-log.js";
import { httpClient } from "../platform/http-client.js";
import { openRunner } from "../platform/runner.js";
import { systemClock as clock } from "../platform/system-clock.js";
import { tcpClient as tcp } from "../platform/tcp-client.js";
import { act } from "./action.js";

const log = openActionsLog(clock);
const runner = openRunner(log);

await act({
  ...runner,
  clock,
  log,
  http: httpClient(process.env),
  tcp,
  openHost: async (connection) => {
    const { openSshHost } = await import("../platform/ssh-host.js");
    return openSshHost(connection, { clock, log });
  },
});
