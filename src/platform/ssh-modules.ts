import "./module-folder.js";
import type { NodeSSH } from "node-ssh";
import type { utils } from "ssh2";

/** What we use of node-ssh and of ssh2 below it. */
export interface SshModules {
  readonly NodeSSH: typeof NodeSSH;
  readonly parseKey: typeof utils.parseKey;
}

/** Loads them when somebody connects: an action that refuses its inputs starts in half the time without them. */
export async function loadSsh(): Promise<SshModules> {
  const [nodeSsh, ssh2] = await Promise.all([import("node-ssh"), import("ssh2")]);
  return { NodeSSH: nodeSsh.NodeSSH, parseKey: ssh2.default.utils.parseKey };
}
