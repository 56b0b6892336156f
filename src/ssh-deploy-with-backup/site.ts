import { asker } from "../gate/ask.js";
import type { Timeline } from "../kit/timeline.js";
import type { RemoteHost } from "../ports/remote-host.js";
import { Caller } from "../server/caller.js";
import type { StepWitness } from "../server/line.js";
import { Server } from "../server/server.js";
import { AppGate } from "./app-gate.js";
import { cancelSignal } from "./cancel.js";
import type { Inputs } from "./inputs.js";
import type { Platform, World } from "./platform.js";
import { savedState } from "./saved-state.js";

/** Where an operation takes place, and who is asked whether it went well. */
export interface Site {
  readonly host: RemoteHost;
  readonly server: Server;
  readonly gate: AppGate;
}

/** Wires a site for the operation `token`; nothing is connected yet. */
export async function openSite(
  inputs: Inputs,
  token: string,
  platform: Platform,
  world: World,
  timeline: Timeline,
): Promise<Site> {
  const { clock, log } = platform;
  const host = world.openHost(inputs.connection);
  const caller = new Caller(host, await world.readProgram(), inputs.path, log);
  const patience = { retries: inputs.connection.connectRetries, withinMs: inputs.confirmTimeoutMs };
  const witness = witnessFor(timeline, token, platform);
  const line = { caller, clock, log, patience, witness, signal: cancelSignal(platform.signal) };
  return {
    host,
    server: new Server(line, token, inputs.confirmTimeoutMs),
    gate: new AppGate(inputs.health, {
      http: world.http,
      asker: () => asker({ http: world.http, tcp: world.tcp, clock, host }),
      clock,
      log,
      witness,
    }),
  };
}

/** Shows each step as a group of the log and a row of the report; notes for the post step what may be open. */
function witnessFor(
  timeline: Timeline,
  token: string,
  { log, saveState }: Pick<Platform, "log" | "saveState">,
): StepWitness {
  return {
    step: async (name, body) => {
      log.startGroup(name);
      try {
        return await timeline.step(name, body);
      } finally {
        log.endGroup();
      }
    },
    skip: (name) => timeline.skip(name),
    undone: (name) => timeline.undone(name),
    opening: () => saveState(savedState.token, token),
    closed: () => saveState(savedState.closed, "true"),
  };
}
