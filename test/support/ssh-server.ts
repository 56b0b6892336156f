import { timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import ssh2, { type AuthContext, type Connection } from "ssh2";
import { sshKey, type SshKey } from "./ssh-key.js";
import { forward } from "./ssh-server-forward.js";
import { type CommandPlace, runCommand } from "./ssh-server-command.js";

export interface SshServerOptions extends CommandPlace {
  /** `ssh-ed25519 AAAA…` lines that may log in. */
  readonly publicKeys?: readonly string[];
  readonly password?: string;
  /** Asks for the password by prompt (keyboard-interactive) instead. */
  readonly prompt?: boolean;
  /** Default: any user name. */
  readonly user?: string;
  /** Default: one new ed25519 key. */
  readonly hostKeys?: readonly SshKey[];
  /** Default: a free one. */
  readonly port?: number;
}

/** An SSH server in this process, on 127.0.0.1, that behaves like sshd as far as a deploy can tell. */
export interface SshServer {
  readonly host: string;
  readonly port: number;
  /** Its first host key. */
  readonly hostKey: SshKey;
  /** The line of a known_hosts file for its first host key. */
  readonly knownHosts: string;
  /** The commands that were started, in order. */
  readonly commands: readonly string[];
  /** How often somebody asked to log in, by method. */
  readonly logins: readonly string[];
  /** How many connections there are now. */
  connections(): number;
  /** How many connections there ever were. */
  accepted(): number;
  /** Cuts every connection; the commands live on, without their standard streams. */
  dropAll(): void;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/** Starts a server; every command runs with `sh -c` in `home`, in a session of its own. */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const hostKeys = options.hostKeys ?? [sshKey()];
  const [hostKey] = hostKeys;
  if (hostKey === undefined) throw new TypeError("an SSH server needs a host key");
  const commands: string[] = [];
  const logins: string[] = [];
  const server = new ssh2.Server({ hostKeys: hostKeys.map((key) => key.privateKey) }, (client) => {
    welcome(client, options, commands, logins);
  });
  const sockets = new Set<Socket>();
  let accepted = 0;
  const listener = createServer({ noDelay: true }, (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  const port = await listen(listener, options.port ?? 0);
  const dropAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    host: "127.0.0.1",
    port,
    hostKey,
    knownHosts: `[127.0.0.1]:${String(port)} ${hostKey.publicKey}`,
    commands,
    logins,
    connections: () => sockets.size,
    accepted: () => accepted,
    dropAll,
    close: async () => {
      dropAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

async function listen(listener: NetServer, port: number): Promise<number> {
  listener.listen(port, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string")
    throw new Error("the SSH server has no port");
  return address.port;
}

function welcome(
  client: Connection,
  options: SshServerOptions,
  commands: string[],
  logins: string[],
): void {
  // A client that vanishes or breaks off a handshake is no fault of the server.
  client.on("error", () => undefined);
  client.on("authentication", (context: AuthContext) => {
    logins.push(context.method);
    authenticate(context, options);
  });
  client.on("session", (accept) => {
    const session = accept();
    session.on("exec", (acceptCommand, _reject, { command }) => {
      commands.push(command);
      runCommand(command, acceptCommand(), client, options);
    });
  });
  client.on("tcpip", forward);
  // Each command waits for the end of its connection.
  client.setMaxListeners(0);
}

function authenticate(context: AuthContext, options: SshServerOptions): void {
  const methods = offered(options);
  const known = options.user === undefined || options.user === context.username;
  if (
    known &&
    context.method === "publickey" &&
    options.publicKeys?.some((key) => proves(context, key)) === true
  ) {
    context.accept();
  } else if (
    known &&
    context.method === "password" &&
    !options.prompt &&
    same(context.password, options.password)
  ) {
    context.accept();
  } else if (known && context.method === "keyboard-interactive" && options.prompt === true) {
    context.prompt([{ prompt: "Password: ", echo: false }], ([answer = ""]) => {
      if (same(answer, options.password)) context.accept();
      else context.reject(methods);
    });
  } else {
    context.reject(methods);
  }
}

type Method = "publickey" | "password" | "keyboard-interactive";

function offered({ publicKeys = [], password, prompt }: SshServerOptions): Method[] {
  const methods: Method[] = publicKeys.length > 0 ? ["publickey"] : [];
  if (password !== undefined) methods.push(prompt === true ? "keyboard-interactive" : "password");
  return methods;
}

/** Whether the client named this key and, where it signed already, holds its private half. */
function proves(
  context: Extract<AuthContext, { method: "publickey" }>,
  publicKey: string,
): boolean {
  const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  if (!blob.equals(context.key.data)) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error) return false;
  // Other than its types say, it gives an error for a signature that makes no sense.
  const verdict: unknown = key.verify(context.blob, context.signature, context.hashAlgo);
  return verdict === true;
}

function same(given: string, wanted: string | undefined): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted ?? "")];
  return wanted !== undefined && a.length === b.length && timingSafeEqual(a, b);
}
