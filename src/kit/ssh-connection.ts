import type { InputReader } from "./inputs.js";
import { type KnownHost, parseKnownHost } from "./known-hosts.js";
import { isUserName, parseAddress, type SshAddress, type SshTarget } from "./ssh-target.js";

/** What proves who we are; at least one of key and password is there. */
export interface SshLogin {
  readonly privateKey?: string;
  readonly passphrase?: string;
  readonly password?: string;
  /** The input that `privateKey` came from, for messages. */
  readonly keyInput: string;
}

/** A server on the way, or the one at its end. */
export interface SshHop {
  readonly target: SshTarget;
  readonly login: SshLogin;
}

/** Which host keys are the right ones. */
export interface HostKeyPolicy {
  /** False: any host key will do. */
  readonly strict: boolean;
  readonly known: readonly KnownHost[];
  /** `SHA256:…` without padding. */
  readonly fingerprints: readonly string[];
}

/** Everything needed to reach one server. */
export interface SshConnection {
  /** Jump hosts in the order of the way, the server itself last. */
  readonly hops: readonly [...SshHop[], SshHop];
  readonly hostKeys: HostKeyPolicy;
  /** For each try, from the first packet to the login. */
  readonly connectTimeoutMs: number;
  /** Further tries when the server cannot be reached. */
  readonly connectRetries: number;
}

const defaultPort = 22;
const addressForm = { accepted: "[user@]host[:port]", example: "deploy@app.example.org" } as const;

/** Reads the inputs of an SSH connection; what is wrong with them comes out of the reader's `finish`. */
export function readSshConnection(reader: InputReader): SshConnection {
  // Secrets first: nothing may be printed before they are hidden.
  const password = reader.secret("password");
  const privateKey = reader.secret("private-key", { required: password === "" });
  const passphrase = reader.secret("passphrase");
  const jumpKey = reader.secret("jump-private-key");
  const login = loginOf("private-key", privateKey, passphrase, password);
  const jumpLogin =
    jumpKey === "" ? withoutPassword(login) : loginOf("jump-private-key", jumpKey, passphrase, "");
  const target = readTarget(reader);
  const jumps = readJumps(reader, target.username).map((jump) => ({
    target: jump,
    login: jumpLogin,
  }));
  return {
    hops: [...jumps, { target, login }],
    hostKeys: readHostKeys(reader),
    connectTimeoutMs: reader.duration("connect-timeout", { default: "30s", min: "1s", max: "10m" }),
    connectRetries: reader.integer("connect-retries", { default: 3, min: 0, max: 20 }),
  };
}

function loginOf(
  keyInput: string,
  privateKey: string,
  passphrase: string,
  password: string,
): SshLogin {
  return {
    keyInput,
    ...(privateKey === "" ? {} : { privateKey }),
    ...(passphrase === "" ? {} : { passphrase }),
    ...(password === "" ? {} : { password }),
  };
}

/** A jump host sees the server's password only where there is no key to log in with. */
function withoutPassword({ password, ...login }: SshLogin): SshLogin {
  return login.privateKey === undefined && password !== undefined ? { ...login, password } : login;
}

function readTarget(reader: InputReader): SshTarget {
  const text = reader.text("host", { required: true, ...addressForm });
  const address = text === "" ? undefined : parseAddress(text);
  if (text !== "" && address === undefined) reader.problem("host", addressForm);
  return {
    username: readUserName(reader, address),
    host: address?.host ?? "",
    port: readPort(reader, address),
  };
}

function readUserName(reader: InputReader, address: SshAddress | undefined): string {
  const accepted = "the name of the deploy user, here or in `host`";
  const username = reader.text("username", { accepted });
  const conflict =
    address?.username !== undefined && username !== "" && username !== address.username;
  if (conflict)
    reader.problem("username", {
      accepted: "the same name as in `host`, or nothing",
      example: address.username,
    });
  const name = username || (address?.username ?? "");
  if (name === "" ? address !== undefined : !isUserName(name))
    reader.problem("username", { accepted, example: "deploy" });
  return name;
}

/** The default is what action.yml gives to everybody, so it contradicts nothing. */
function readPort(reader: InputReader, address: SshAddress | undefined): number {
  const port = reader.integer("port", { default: defaultPort, min: 1, max: 65_535 });
  if (address?.port === undefined || port === address.port) return port;
  if (port !== defaultPort) {
    reader.problem("port", {
      accepted: "the same port as in `host`, or nothing",
      example: String(address.port),
    });
  }
  return address.port;
}

function readJumps(reader: InputReader, username: string): SshTarget[] {
  return reader.lines("jump-host").flatMap((line) => {
    const address = parseAddress(line);
    if (address !== undefined) return [{ username, port: 22, ...address }];
    reader.problem("jump-host", {
      given: line,
      accepted: "[user@]host[:port], one a line",
      example: "jump@bastion.example.org",
    });
    return [];
  });
}

function readHostKeys(reader: InputReader): HostKeyPolicy {
  const known = reader.lines("known-hosts").flatMap((line) => {
    const host = parseKnownHost(line);
    if (typeof host !== "string") return [host];
    const accepted = `lines of a known_hosts file; this one holds ${host}`;
    reader.problem("known-hosts", {
      given: line,
      accepted,
      example: "app.example.org ssh-ed25519 AAAA…",
    });
    return [];
  });
  const strict = reader.choice("host-key-check", ["strict", "off"], "strict") === "strict";
  return { strict, known, fingerprints: readFingerprints(reader) };
}

/** Takes the output lines of `ssh-keygen -l` too. */
function readFingerprints(reader: InputReader): string[] {
  return reader.lines("host-fingerprint").flatMap((line) => {
    const fingerprint = /(?:^|\s)(SHA256:[A-Za-z0-9+/]{43})=?(?:\s|$)/.exec(line)?.[1];
    if (fingerprint !== undefined) return [fingerprint];
    const accepted = "SHA256: and 43 characters, as `ssh-keygen -l` prints them";
    reader.problem("host-fingerprint", { given: line, accepted, example: "SHA256:47DEQpj8HBSa…" });
    return [];
  });
}
