import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeployHost } from "../test/support/deploy-host.js";
import { mustRun } from "../test/support/program.js";

/** OpenSSH's own client with the same key, pinned host key and cipher as ours. */
export interface SshClient {
  /** Runs a command there; `port` is another way to the same server. */
  run(command: string, port?: number): Promise<string>;
  /** Sends the folder's content as one tar to a command there. */
  sendTar(folder: string, command: string, port?: number): Promise<void>;
  /** Copies a file into a folder there, by `scp`. */
  copy(file: string, folder: string): Promise<void>;
  remove(): Promise<void>;
}

/** Writes key and known_hosts where `ssh` reads them; no configuration of the machine's user counts. */
export async function sshClient(host: DeployHost): Promise<SshClient> {
  const folder = await mkdtemp(join(tmpdir(), "belay-bench-"));
  const key = join(folder, "key");
  const known = join(folder, "known_hosts");
  await writeFile(key, host.privateKey, { mode: 0o600 });
  // One key for whatever port leads there.
  await writeFile(known, `belay-bench ${host.hostKey}\n`);
  const settings = [
    `UserKnownHostsFile=${known}`,
    "HostKeyAlias=belay-bench",
    "BatchMode=yes",
    "Ciphers=aes128-gcm@openssh.com",
  ];
  const options = ["-F", "none", "-i", key, ...settings.flatMap((setting) => ["-o", setting])];
  const target = `${host.user}@127.0.0.1`;
  const ssh = (port = host.port) => ["ssh", ...options, "-p", String(port), target];
  return {
    run: (command, port) => mustRun([...ssh(port), command]),
    sendTar: async (from, command, port) => {
      const line = 'folder=$1; shift; tar -C "$folder" -c . | "$@"';
      await mustRun(["sh", "-c", line, "send-tar", from, ...ssh(port), command]);
    },
    copy: async (file, to) => {
      const scp = ["scp", "-q", ...options, "-P", String(host.port)];
      await mustRun([...scp, file, `${target}:${to}/`]);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
