import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endProcess, processesNaming } from "../processes.js";
import { type Daemon, startDaemon } from "./daemon.js";

/**
 * Starts a containerd whose files all lie in `folder`. Without one of its own dockerd would use the
 * machine's where there is one, and share its containers' names with the machine's dockerd. Other
 * `settings` keep its root, state and socket where those have them.
 */
export async function startContainerd(
  folder: string,
  settings = dockerSettings(folder),
): Promise<Daemon> {
  const config = join(folder, "containerd.toml");
  await writeFile(config, settings);
  const logFile = join(folder, "containerd.log");
  const daemon = startDaemon(["containerd", "--config", config], { logFile });
  try {
    await daemon.ready(async () => (await daemon.log()).includes("containerd successfully booted"));
  } catch (failure) {
    await daemon.end();
    throw failure;
  }
  return daemon;
}

export function containerdSocket(folder: string): string {
  return join(folder, "containerd.sock");
}

function dockerSettings(folder: string): string {
  return `version = 2
root = "${join(folder, "containerd")}"
state = "${join(folder, "containerd-state")}"
# Both would use folders or ports of the machine.
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${containerdSocket(folder)}"
`;
}

/**
 * Kills what still runs with files of `folder` once nobody waits for it: dockerd, containerd and the
 * processes that hold a container, whose sockets lie elsewhere and are removed.
 */
export async function endLeftovers(folder: string): Promise<void> {
  for (const pid of await processesNaming(folder)) await endProcess(pid);
  for (const namespace of ["moby", "k8s.io"]) {
    const tasks = join(folder, "containerd-state/io.containerd.runtime.v2.task", namespace);
    for (const id of await readdir(tasks).catch(() => [])) {
      const address = await readFile(join(tasks, id, "address"), "utf8").catch(() => "");
      if (address.startsWith("unix://")) await rm(address.slice("unix://".length), { force: true });
    }
  }
}
