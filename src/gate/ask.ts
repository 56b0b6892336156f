import type { Clock } from "../ports/clock.js";
import type { Dial } from "../ports/dial.js";
import type { Http } from "../ports/http.js";
import type { RemoteHost } from "../ports/remote-host.js";
import type { Tcp } from "../ports/tcp.js";
import { needsServer } from "./check.js";
import { askHttp } from "./http-check.js";
import type { Ask } from "./sample.js";
import { ServerRounds } from "./server-rounds.js";
import { askTcp } from "./tcp-check.js";

/** Everything that checks are asked with; `host` is needed by those that `needsServer`. */
export interface AskTools {
  readonly http: Http;
  readonly tcp: Tcp;
  readonly clock: Clock;
  readonly host?: RemoteHost | undefined;
}

/** One way to ask each kind of check. What is remembered of the server lives as long as the result: one gate. */
export function asker({ http, tcp, clock, host }: AskTools): Ask {
  const rounds = host && new ServerRounds(host, clock);
  const dial: Dial | undefined = host && dialling(host);
  return (check, limits) => {
    if (needsServer(check) && (rounds === undefined || dial === undefined))
      throw new TypeError(`${check.name} needs a server`);
    switch (check.kind) {
      case "http":
        return askHttp(check, limits, { http, clock, dial: viaServer(check.via, dial) });
      case "tcp":
        return askTcp(check, limits, { tcp, clock, dial: viaServer(check.via, dial) });
      default:
        return rounds?.ask(check, limits) ?? Promise.reject(new TypeError("unreachable"));
    }
  };
}

function viaServer(via: "runner" | "server", dial: Dial | undefined): Dial | undefined {
  return via === "server" ? dial : undefined;
}

/** A line that was lost is made again. */
function dialling(host: RemoteHost): Dial {
  return async (target, signal) => {
    await host.connect();
    return host.dial(target, signal);
  };
}
