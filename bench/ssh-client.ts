import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeployHost } from "../test/support/deploy-host.js";
import { mustRun } from "../test/support/program.js";

/** OpenSSH's own client with the same key and pinned host key as ours. */
export interface SshClient {
  run(command: string): Promise<string>;
  remove(): Promise<void>;
}

/** Writes key and known_hosts where `ssh` reads them; no configuration of the machine's user counts. */
export async function sshClient(host: DeployHost): Promise<SshClient> {
  const folder = await mkdtemp(join(tmpdir(), "belay-bench-"));
  const key = join(folder, "key");
  const known = join(folder, "known_hosts");
  await writeFile(key, host.privateKey, { mode: 0o600 });
  await writeFile(known, `[127.0.0.1]:${String(host.port)} ${host.hostKey}\n`);
  const options = ["-F", "none", "-o", `UserKnownHostsFile=${known}`, "-o", "BatchMode=yes"];
  const words = ["ssh", ...options, "-i", key, "-p", String(host.port), `${host.user}@127.0.0.1`];
  return {
    run: (command) => mustRun([...words, command]),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
