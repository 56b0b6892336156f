import { setTimeout as sleep } from "node:timers/promises";
import type { Finding, ServerCheck } from "../../src/gate/check.js";
import { ServerRounds } from "../../src/gate/server-rounds.js";
import { systemClock } from "../../src/platform/system-clock.js";
import { sshHost } from "./ssh-connection.js";
import { sshKey } from "./ssh-key.js";
import { type Sshd, startSshd } from "./sshd.js";
import { until } from "./until.js";

const key = sshKey();
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A gate's side of a server: a real sshd, and a user who is not root. */
export interface GateServer {
  readonly sshd: Sshd;
  /** Asks once, as a gate does. */
  find(check: ServerCheck): Promise<Finding>;
  stop(): Promise<void>;
}

/** Starts sshd for a new user, with this environment and login shell. */
export async function startGateServer(
  env: Readonly<Record<string, string>>,
  shell?: string,
): Promise<GateServer> {
  const sshd = await startSshd({
    publicKeys: [key.publicKey],
    env: { PATH: path, ...env },
    ...(shell === undefined ? {} : { shell }),
  });
  const host = sshHost({
    host: `${sshd.user.name}@127.0.0.1:${String(sshd.port)}`,
    "known-hosts": sshd.knownHosts,
    "private-key": key.privateKey,
  });
  const rounds = new ServerRounds(host, systemClock);
  return {
    sshd,
    find: (check) => rounds.ask(check, { timeoutMs: check.attemptTimeoutMs }),
    stop: async () => {
      await host.close();
      await sshd.stop();
    },
  };
}

/** Asks every 200 ms until it is found to be so. */
export function untilFound(
  server: GateServer,
  check: ServerCheck,
  wanted: Partial<Finding>,
): Promise<Finding> {
  return until(`${check.name} to be ${JSON.stringify(wanted)}`, async () => {
    const finding = await server.find(check);
    const same = Object.entries(wanted).every(
      ([name, value]) => finding[name as keyof Finding] === value,
    );
    if (!same) await sleep(200);
    return same ? finding : undefined;
  });
}
