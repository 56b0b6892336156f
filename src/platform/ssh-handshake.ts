import type { Duplex } from "node:stream";
import type { CipherAlgorithm, Client, ServerHostKeyAlgorithm } from "ssh2";
import { type HostKey, hostKeyOf } from "./ssh-host-key.js";
import type { Login } from "./ssh-login.js";
import type { SshModules } from "./ssh-modules.js";

export interface Handshake {
  readonly stream: Duplex;
  readonly username: string;
  readonly algorithms: readonly ServerHostKeyAlgorithm[];
  readonly trusts: (key: HostKey) => boolean;
  readonly login?: Login;
  readonly timeoutMs: number;
  readonly keepaliveMs: number;
}

/** How far it came: to a connection and the algorithms, past the host key, to the login. */
export type Stage = "hello" | "host-key" | "login";

export interface Failed {
  readonly failure: unknown;
  readonly failedAt: Stage;
  readonly hostKey: HostKey | undefined;
}

export interface LoggedIn {
  readonly client: Client;
  readonly hostKey: HostKey | undefined;
}

// The first that the server has is taken. Without a native module chacha20 is slower than counter mode
// with its MAC only on machines without AES in hardware, which no longer matter.
const ciphers: CipherAlgorithm[] = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
];

/** Goes from a connected, or still connecting, stream to a logged-in client; never rejects, and destroys the stream on failure. */
export async function shakeHands(
  ssh: SshModules,
  handshake: Handshake,
): Promise<LoggedIn | Failed> {
  let hostKey: HostKey | undefined;
  let failedAt: Stage = "hello";
  const session = new ssh.NodeSSH();
  const connecting = session.connect({
    sock: handshake.stream,
    username: handshake.username,
    algorithms: { serverHostKey: [...handshake.algorithms], cipher: ciphers },
    readyTimeout: handshake.timeoutMs,
    keepaliveInterval: handshake.keepaliveMs,
    // Silence is watched for by ourselves: an answer may be late behind data that is on its way.
    keepaliveCountMax: Infinity,
    hostVerifier: (bytes: Buffer) => {
      hostKey = hostKeyOf(bytes);
      const trusted = handshake.trusts(hostKey);
      if (!trusted) failedAt = "host-key";
      return trusted;
    },
    ...(handshake.login === undefined ? {} : { authHandler: handshake.login.next }),
  });
  const client = session.connection;
  // node-ssh stops listening once it is connected, and an error that nobody hears ends the process.
  client?.on("error", () => handshake.stream.destroy());
  client?.once("handshake", () => (failedAt = "login"));
  try {
    await connecting;
    if (client === null) throw new Error("node-ssh has no client");
    return { client, hostKey };
  } catch (failure) {
    handshake.stream.destroy();
    return { failure, failedAt, hostKey };
  }
}
