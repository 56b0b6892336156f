import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { processesNaming } from "../processes.js";
import { mustRun } from "../program.js";
import { hierarchies } from "./cgroups.js";
import { serverPath } from "./daemon.js";
import { mountsBelow } from "./mounts.js";

/** What is left of all that had its files in `folder`: processes, mounts (network namespaces too), files. */
export async function tracesIn(folder: string): Promise<readonly string[]> {
  return [
    ...(await processesNaming(folder)).map((pid) => `process ${String(pid)}`),
    ...(await mountsBelow(folder)).map((point) => `mount ${point}`),
    ...(await readdir(folder)).map((name) => `file ${name}`),
  ];
}

/** What a daemon with files in `folder` has outside of them; its bridge may be another's by now. */
export async function dockerTraces(
  folder: string,
  bridge: string,
  networks: readonly string[],
): Promise<readonly string[]> {
  const interfaces = await readdir("/sys/class/net");
  const left = networks
    .map((id) => `br-${id.slice(0, 12)}`)
    .filter((name) => interfaces.includes(name));
  const alias = await readFile(`/sys/class/net/${bridge}/ifalias`, "utf8").catch(() => "");
  if (alias !== "" && !alias.includes(folder)) return left;
  if (interfaces.includes(bridge)) left.push(bridge);
  for (const root of await hierarchies()) {
    if ((await readdir(root)).includes(bridge)) left.push(join(root, bridge));
  }
  return left;
}

/** The firewall's rules for one range of addresses. */
export async function firewallRules(range: string): Promise<readonly string[]> {
  const env = { PATH: serverPath() };
  const rules = await mustRun(["iptables", "--wait", "-S", "FORWARD"], { env });
  return rules.split("\n").filter((rule) => rule.includes(range));
}
