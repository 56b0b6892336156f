import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import { type DeployUser, makeDeployUser } from "./deploy-user.js";
import { childrenOf, endProcess } from "./processes.js";
import { removeFolder, scratchFolder } from "./scratch.js";
import { type SshKey, sshKey } from "./ssh-key.js";
import { until } from "./until.js";

export interface SshdOptions {
  /** `ssh-ed25519 AAAA…` lines that may log in. */
  readonly publicKeys?: readonly string[];
  /** Only where the tests run as root. */
  readonly password?: string;
  /** The login shell of the user; only where the tests run as root. */
  readonly shell?: string;
  /** Default: one new ed25519 key. */
  readonly hostKeys?: readonly SshKey[];
  /** The environment of every command, beside what sshd gives. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
}

/** OpenSSH's sshd on a free port of 127.0.0.1, with a user of its own who is not root. */
export interface Sshd {
  readonly host: string;
  readonly port: number;
  readonly user: DeployUser;
  readonly hostKey: SshKey;
  /** The line of a known_hosts file for its first host key. */
  readonly knownHosts: string;
  /** What sshd has logged so far. */
  log(): Promise<string>;
  /** How many connections were accepted so far. */
  accepted(): Promise<number>;
  /** Kills the processes of all connections; what they started lives on. */
  dropAll(): Promise<void>;
  /** Ends sshd, its connections and all that its user still runs, and removes the user. */
  stop(): Promise<void>;
}

const program = "/usr/sbin/sshd";

/** Starts sshd; as root with a temporary user, else for the user who runs the tests. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  await access(program, constants.X_OK).catch(() => {
    throw new Error(`${program} is missing: sudo apt-get install -y openssh-server`);
  });
  const hostKeys = options.hostKeys ?? [sshKey()];
  const [hostKey] = hostKeys;
  if (hostKey === undefined) throw new TypeError("sshd needs a host key");
  const folder = await scratchFolder("sshd");
  const user = await makeDeployUser({ password: options.password, shell: options.shell });
  try {
    const port = await freePort();
    const logFile = join(folder, "log");
    await configure(folder, port, user, hostKeys, options);
    const child = spawn(program, ["-D", "-E", logFile, "-f", join(folder, "sshd_config")], {
      stdio: "ignore",
    });
    const log = (): Promise<string> => readFile(logFile, "utf8").catch(() => "");
    await listening(child, log);
    return {
      host: "127.0.0.1",
      port,
      user,
      hostKey,
      knownHosts: `[127.0.0.1]:${String(port)} ${hostKey.publicKey}`,
      log,
      accepted: async () =>
        (await log()).split("\n").filter((line) => line.startsWith("Connection from ")).length,
      dropAll: () => endSessions(child),
      stop: async () => {
        await endSessions(child);
        await endProcess(child.pid ?? 0);
        await user.remove();
        await removeFolder(folder);
      },
    };
  } catch (failure) {
    await user.remove();
    await removeFolder(folder);
    throw failure;
  }
}

async function configure(
  folder: string,
  port: number,
  user: DeployUser,
  hostKeys: readonly SshKey[],
  { publicKeys = [], password, env = {}, config = [] }: SshdOptions,
): Promise<void> {
  const keyFiles = await Promise.all(
    hostKeys.map(async ({ privateKey }, at) => {
      const file = join(folder, `host-key-${String(at)}`);
      await writeFile(file, privateKey, { mode: 0o600 });
      return file;
    }),
  );
  const authorized = join(folder, "authorized_keys");
  await writeFile(authorized, `${publicKeys.join("\n")}\n`, { mode: 0o644 });
  if (process.getuid?.() === 0) {
    await chown(authorized, user.uid, user.gid);
    // Where sshd parks its unprivileged half; a fresh machine makes it when its own sshd starts.
    await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  }
  const variables = Object.entries(env).map(([name, value]) => `"${name}=${value}"`);
  // Of a setting that is given twice sshd takes the first.
  const lines = [
    ...config,
    `ListenAddress 127.0.0.1:${String(port)}`,
    ...keyFiles.map((file) => `HostKey ${file}`),
    `PidFile ${join(folder, "pid")}`,
    `AuthorizedKeysFile ${authorized}`,
    "StrictModes no",
    "UsePAM no",
    `PasswordAuthentication ${password === undefined ? "no" : "yes"}`,
    "KbdInteractiveAuthentication no",
    `AllowUsers ${user.name}`,
    "MaxSessions 64",
    "Subsystem sftp internal-sftp",
    "MaxStartups 100",
    "PrintMotd no",
    "LogLevel VERBOSE",
    ...(variables.length > 0 ? [`SetEnv ${variables.join(" ")}`] : []),
  ];
  await writeFile(join(folder, "sshd_config"), `${lines.join("\n")}\n`);
}

async function listening(child: ChildProcess, log: () => Promise<string>): Promise<void> {
  await until("sshd to listen", async () => {
    if (child.exitCode !== null)
      throw new Error(`sshd ended with exit code ${String(child.exitCode)}: ${await log()}`);
    return (await log()).includes("Server listening on 127.0.0.1");
  });
}

/** Each connection has a process of sshd's own, and below it one of the user's. */
async function endSessions({ pid }: ChildProcess): Promise<void> {
  for (const child of await childrenOf(pid ?? 0)) {
    for (const session of await childrenOf(child)) await endProcess(session, "sshd");
    await endProcess(child);
  }
}
