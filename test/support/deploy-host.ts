import { chown, copyFile, link, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { endProcessesOf } from "./home-processes.js";
import { type ProgramResult, runProgram } from "./program.js";
import { makeServerHome, type ServerHome } from "./server-home.js";
import { sshKey } from "./ssh-key.js";
import { startSshServer } from "./ssh-server.js";
import { startSshd } from "./sshd.js";

/** A server that can be deployed to: an SSH port of 127.0.0.1, a user and the user's home. */
export interface DeployHost {
  readonly port: number;
  readonly user: string;
  /** What the user logs in with. */
  readonly privateKey: string;
  /** Another key of the user, encrypted with `passphrase`. */
  readonly encryptedKey: string;
  readonly passphrase: string;
  /** The host's own key, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  readonly home: ServerHome;
  /** A Node that the user may run. */
  readonly node: string;
  /** How many connections were made so far. */
  accepted(): Promise<number>;
  /** Runs a program on the server as the user, as if logged in there. */
  run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<ProgramResult>;
  /** Stops it, ends what its user still runs and removes the home. */
  stop(): Promise<void>;
}

/** An SSH server in this process, whose user is the one that runs the tests. */
export async function startEmbeddedHost(programs: readonly string[]): Promise<DeployHost> {
  const home = await makeServerHome({ programs });
  const login = loginKeys();
  const server = await startSshServer({
    home: home.path,
    env: home.env,
    publicKeys: login.publicKeys,
    user: "deploy",
  });
  return {
    ...login,
    port: server.port,
    user: "deploy",
    hostKey: server.hostKey.publicKey,
    home,
    node: await nodeIn(home.path),
    accepted: () => Promise.resolve(server.accepted()),
    run: (argv, env) => runProgram(argv, { cwd: home.path, env: { ...home.env, ...env } }),
    stop: async () => {
      await server.close();
      await endProcessesOf(home.path);
      await home.remove();
    },
  };
}

/** What the user logs in to. */
export interface LoginShell {
  /** Default /bin/sh. */
  readonly shell: string;
  /** Its start-up files: text by path in the home. */
  readonly files: Readonly<Record<string, string>>;
}

/** OpenSSH's sshd, whose user is not root (where the tests run as root); `env` is added to what a login gives. */
export async function startSshdHost(
  programs: readonly string[],
  loginShell?: LoginShell,
  env: Readonly<Record<string, string>> = {},
): Promise<DeployHost> {
  const login = loginKeys();
  const home = await makeServerHome({ programs });
  for (const [name, text] of Object.entries(loginShell?.files ?? {})) {
    await mkdir(dirname(join(home.path, name)), { recursive: true });
    await writeFile(join(home.path, name), text);
  }
  const { HOME = "", PATH = "", LANG = "" } = home.env;
  const sshd = await startSshd({
    publicKeys: login.publicKeys,
    env: { HOME, PATH, LANG, ...env },
    ...(loginShell && { shell: loginShell.shell }),
  });
  const { user } = sshd;
  await chown(home.path, user.uid, user.gid);
  const ids = [`--reuid=${String(user.uid)}`, `--regid=${String(user.gid)}`, "--clear-groups"];
  const as = process.getuid?.() === 0 ? ["setpriv", ...ids, "--"] : [];
  return {
    ...login,
    port: sshd.port,
    user: user.name,
    hostKey: sshd.hostKey.publicKey,
    home,
    node: await nodeIn(home.path),
    accepted: () => sshd.accepted(),
    run: (argv, more) => {
      // Set for the user's program alone: some of it changes what root's would do.
      const added = Object.entries({ ...env, ...more }).map(([name, value]) => `${name}=${value}`);
      const words = [...as, "env", ...added, ...argv];
      return runProgram(words, { cwd: home.path, env: { ...home.env } });
    },
    stop: async () => {
      await endProcessesOf(home.path);
      await sshd.stop();
      await home.remove();
    },
  };
}

/** A plain key and an encrypted one. */
function loginKeys(): Pick<DeployHost, "privateKey" | "encryptedKey" | "passphrase"> & {
  readonly publicKeys: readonly string[];
} {
  const passphrase = "pass phrase of 3 words";
  const [plain, encrypted] = [sshKey(), sshKey("ed25519", passphrase)];
  return {
    privateKey: plain.privateKey,
    encryptedKey: encrypted.privateKey,
    passphrase,
    publicKeys: [plain.publicKey, encrypted.publicKey],
  };
}

/** This Node, where a user without access to our checkout can run it. */
async function nodeIn(folder: string): Promise<string> {
  const node = join(folder, "bin", "node");
  await link(process.execPath, node).catch(() => copyFile(process.execPath, node));
  return node;
}
