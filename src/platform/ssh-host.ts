import type { Duplex } from "node:stream";
import type { ParsedKey } from "ssh2";
import { BelayError } from "../kit/errors.js";
import type { SshConnection, SshHop } from "../kit/ssh-connection.js";
import { targetName } from "../kit/ssh-target.js";
import type { Clock } from "../ports/clock.js";
import type { Log } from "../ports/log.js";
import type { DialTarget } from "../ports/dial.js";
import type { Channel, RemoteHost } from "../ports/remote-host.js";
import { SshChannel } from "./ssh-channel.js";
import { connectionLost } from "./ssh-errors.js";
import { dial, type Pulse, type SshLine } from "./ssh-line.js";
import { loadSsh, type SshModules } from "./ssh-modules.js";
import { openForward } from "./ssh-forward.js";
import { readPrivateKey } from "./ssh-private-key.js";

export interface SshHostDependencies {
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warning" | "debug">;
  /** Default: a dead line is noticed within 15 s. */
  readonly pulse?: Pulse;
}

const defaultPulse: Pulse = { keepaliveMs: 4000, silenceMs: 12_000 };
const firstPauseMs = 1000;
const longestPauseMs = 5000;

/** A server reached as `connection` says. Nothing is loaded, read or connected before `connect`. */
export function openSshHost(
  connection: SshConnection,
  dependencies: SshHostDependencies,
): RemoteHost {
  return new SshHost(connection, dependencies);
}

class SshHost implements RemoteHost {
  readonly name: string;
  readonly #connection: SshConnection;
  readonly #clock: Clock;
  readonly #log: SshHostDependencies["log"];
  readonly #pulse: Pulse;
  #line: SshLine | undefined;
  #connecting: Promise<SshLine> | undefined;
  #keys: Promise<KeyRing> | undefined;
  #stop = new AbortController();

  constructor(connection: SshConnection, { clock, log, pulse }: SshHostDependencies) {
    this.#connection = connection;
    this.#clock = clock;
    this.#log = log;
    this.#pulse = pulse ?? defaultPulse;
    this.name = targetName((connection.hops.at(-1) ?? connection.hops[0]).target);
  }

  async connect(): Promise<void> {
    if (this.#line?.gone.aborted === false) return;
    this.#connecting ??= this.#dial(this.#stop.signal).finally(
      () => (this.#connecting = undefined),
    );
    await this.#connecting;
  }

  async start(command: string): Promise<Channel> {
    const line = this.#line;
    if (line === undefined) throw connectionLost(this.name, "it was never made");
    line.gone.throwIfAborted();
    return new Promise((resolve, reject) => {
      const lost = (): void => reject(line.gone.reason as Error);
      line.gone.addEventListener("abort", lost, { once: true });
      try {
        line.client.exec(command, (failure, stream) => {
          line.gone.removeEventListener("abort", lost);
          if (failure === undefined) resolve(new SshChannel(stream, line, this.name));
          else
            reject(
              line.gone.aborted ? (line.gone.reason as Error) : refusedSession(this.name, failure),
            );
        });
      } catch (failure) {
        line.gone.removeEventListener("abort", lost);
        reject(connectionLost(this.name, "it is closing", failure));
      }
    });
  }

  async dial(target: DialTarget, signal: AbortSignal): Promise<Duplex> {
    const line = this.#line;
    if (line === undefined) throw connectionLost(this.name, "it was never made");
    line.gone.throwIfAborted();
    return openForward(line, target, signal);
  }

  async close(): Promise<void> {
    this.#stop.abort(connectionLost(this.name, "it was closed while it was made"));
    this.#stop = new AbortController();
    await this.#connecting?.catch(() => undefined);
    await this.#line?.close();
    this.#line = undefined;
  }

  async #dial(stop: AbortSignal): Promise<SshLine> {
    const { ssh, keys } = await this.#keyRing();
    const { hostKeys: policy, connectTimeoutMs: timeoutMs } = this.#connection;
    const context = {
      ssh,
      policy,
      timeoutMs,
      keepaliveMs: this.#pulse.keepaliveMs,
      log: this.#log,
    };
    const line = await this.#again(stop, () =>
      dial(this.#connection, keys, context, this.#pulse, stop),
    );
    this.#log.debug(`connected to ${this.name}`);
    this.#line = line;
    return line;
  }

  /** Tries again only what another try can mend: never a refused login or a host key. */
  async #again(stop: AbortSignal, attempt: () => Promise<SshLine>): Promise<SshLine> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await attempt();
      } catch (failure) {
        stop.throwIfAborted();
        const worthIt = failure instanceof BelayError && failure.code === "host-unreachable";
        if (!worthIt || failures >= this.#connection.connectRetries) throw failure;
        const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
        this.#log.info(
          `${failure.message}; trying again (${failures + 1} of ${this.#connection.connectRetries})`,
        );
        await this.#clock.sleep(pauseMs, stop);
      }
    }
  }

  /** Decrypting a key takes a while on purpose, so it is done once. */
  #keyRing(): Promise<KeyRing> {
    if (this.#keys === undefined && !this.#connection.hostKeys.strict) {
      this.#log.warning(
        `host-key-check is off: nothing proves that ${this.name} is the right server`,
      );
    }
    this.#keys ??= readKeys(this.#connection);
    return this.#keys;
  }
}

interface KeyRing {
  readonly ssh: SshModules;
  readonly keys: ReadonlyMap<SshHop, ParsedKey>;
}

async function readKeys({ hops }: SshConnection): Promise<KeyRing> {
  const ssh = await loadSsh();
  const keys = new Map<SshHop, ParsedKey>();
  for (const hop of hops) {
    const same = hops.find(
      (other) => other.login.privateKey === hop.login.privateKey && keys.has(other),
    );
    const key = (same && keys.get(same)) ?? readPrivateKey(hop.login, ssh.parseKey);
    if (key !== undefined) keys.set(hop, key);
  }
  return { ssh, keys };
}

function refusedSession(host: string, cause: Error): BelayError {
  return new BelayError(
    "command-failed",
    `${host} opened no session for a command: ${cause.message}`,
    "Allow commands for the deploy user (no ForceCommand internal-sftp, MaxSessions at least 10).",
    { cause },
  );
}
