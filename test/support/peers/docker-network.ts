import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, runProgram } from "../program.js";
import { serverPath } from "./daemon.js";

/** A range of addresses (`a.b.c.0/21`, of which `address` is the first) and a bridge that no other daemon on this machine uses. */
export interface DockerNetwork {
  readonly bridge: string;
  /** That of this machine on the bridge. */
  readonly address: string;
  /** The range for the networks that the daemon makes, as `--default-address-pool` takes it. */
  readonly pool: string;
  /** Takes away the bridge, those of the daemon's own networks, and the firewall's rule. */
  remove(): Promise<void>;
}

/** What a killed test run left behind: the folder of its daemon, and the network that is still taken. */
export interface Abandoned {
  readonly folder: string;
  readonly network: DockerNetwork;
  /** Leaves it to the next who looks, when it could not be cleaned up. */
  giveBack(): Promise<void>;
}

/** In a daemon's folder while its test run lives, and until somebody else has taken over to clean up. */
export const ownerFile = "owner";

const slots = 64;
const prefix = "belay";

/**
 * Takes the first free one of 64 slots; a bridge's name is the lock. The addresses are of
 * 198.18.0.0/15, which is set aside for tests (RFC 2544): no company network or VPN has them.
 */
export async function takeDockerNetwork(folder: string): Promise<DockerNetwork> {
  for (let slot = 0; slot < slots; slot++) {
    const network = dockerNetwork(slot);
    const made = await ip("link", "add", "name", network.bridge, "type", "bridge");
    if (made.code === 0) {
      try {
        await setUp(slot, `${prefix} ${await identity(process.pid)} ${folder}`);
      } catch (failure) {
        await network.remove();
        throw failure;
      }
      return network;
    }
    if (!made.stderr.includes("File exists"))
      throw new Error(`a bridge cannot be made here (${made.stderr.trim()}): run it as root`);
  }
  throw new Error(`all ${String(slots)} networks for test daemons are taken`);
}

/** The networks whose test run is dead; each is handed to one caller only. */
export async function abandonedDockerNetworks(): Promise<readonly Abandoned[]> {
  const names = (await readdir("/sys/class/net")).filter((name) => /^belay\d+$/.test(name));
  const found = names.map(async (name) => {
    const alias = await readFile(`/sys/class/net/${name}/ifalias`, "utf8").catch(() => "");
    const [, pid = "", started = "", folder = ""] = /^belay (\d+) (\d+) (\S+)/.exec(alias) ?? [];
    if (folder === "" || (await identity(Number(pid))) === `${pid} ${started}`) return [];
    const [owner, mine] = [join(folder, ownerFile), join(folder, "abandoned")];
    const taken = await rename(owner, mine).then(
      () => true,
      () => false,
    );
    const network = dockerNetwork(Number(name.slice(prefix.length)));
    return taken ? [{ folder, network, giveBack: () => rename(mine, owner) }] : [];
  });
  return (await Promise.all(found)).flat();
}

function dockerNetwork(slot: number): DockerNetwork {
  const bridge = `${prefix}${String(slot)}`;
  return {
    bridge,
    address: `${prefixOf(slot)}.1`,
    pool: `base=${range(slot)},size=26`,
    remove: async () => {
      for (const name of await bridgesWithin(slot)) {
        if (name !== bridge) await ip("link", "delete", name);
      }
      await iptables("-D", slot);
      // Last of all, as it is what keeps the slot taken.
      await ip("link", "delete", bridge);
    },
  };
}

async function setUp(slot: number, alias: string): Promise<void> {
  const { bridge } = dockerNetwork(slot);
  await mustRun(["ip", "link", "set", "dev", bridge, "alias", alias], at);
  const address = `${prefixOf(slot)}.1/26`;
  await mustRun(["ip", "address", "add", address, "dev", bridge], at);
  await mustRun(["ip", "link", "set", "dev", bridge, "up"], at);
  // Another daemon on the machine may have the firewall drop what no rule of its own lets through.
  const opened = await iptables("-I", slot);
  if (opened.code !== 0) throw new Error(`iptables: ${opened.stderr.trim()}`);
}

/** 2,046 addresses a slot: 32 networks of 62. */
function range(slot: number): string {
  return `${prefixOf(slot)}.0/21`;
}

function prefixOf(slot: number): string {
  return `198.${String(18 + Math.floor(slot / 32))}.${String((slot % 32) * 8)}`;
}

async function bridgesWithin(slot: number): Promise<readonly string[]> {
  const { stdout } = await ip("-oneline", "address", "show", "to", range(slot));
  return stdout.split("\n").flatMap((line) => /^\d+:\s+(\S+)/.exec(line)?.[1] ?? []);
}

function iptables(action: "-I" | "-D", slot: number) {
  const between = ["-s", range(slot), "-d", range(slot), "-j", "ACCEPT"];
  return runProgram(["iptables", "--wait", action, "FORWARD", ...between], at);
}

function ip(...words: readonly string[]) {
  return runProgram(["ip", ...words], at);
}

const at = { env: { PATH: serverPath() } };

/** A process id with the time of its start: another process may have the id later. */
async function identity(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8").catch(() => "");
  const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return `${String(pid)} ${started ?? "gone"}`;
}
