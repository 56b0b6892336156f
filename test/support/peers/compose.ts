import { mustRun, type ProgramOptions } from "../program.js";
import { pinnedVersion } from "./built-programs.js";
import type { Dockerd } from "./dockerd.js";

/** One of the programs that people type for compose. */
export interface Compose {
  readonly name: "v2" | "1.29";
  readonly argv: readonly string[];
}

/** The plugin, and Debian's `docker-compose`, which servers set up years ago still have. */
export const composePrograms: readonly [Compose, Compose] = [
  { name: "v2", argv: ["docker", "compose"] },
  { name: "1.29", argv: ["docker-compose"] },
];

/** Runs compose against a daemon and returns its standard output; rejects with what it said. */
export function compose(
  dockerd: Dockerd,
  { argv }: Compose,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const env = { ...dockerd.env, ...options.env };
  return mustRun([...argv, ...args], { ...options, env });
}

/** The version that `compose version --short` must print. */
export async function versionOf({ name }: Compose): Promise<string> {
  return name === "v2" ? pinnedVersion("docker-compose") : "1.29.2";
}
