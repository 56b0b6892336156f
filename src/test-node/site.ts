import type { Platform } from "../checks/platform.js";
import type { ChildEnd, Children } from "../ports/children.js";
import type { BuildSizes } from "./build-sizes.js";
import type { Inputs } from "./inputs.js";
import type { Project } from "./project.js";

/** One project, and what it takes to run something in it. */
export interface Site {
  readonly project: Project;
  readonly inputs: Inputs;
  readonly platform: Platform;
  readonly children: Children;
  /** A folder for this project's files of ours; outside of the checkout. */
  readonly scratch: string;
  /** What its programs see besides the job's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What builds made, by check, for the comparison with the previous run. */
  readonly built: Map<string, BuildSizes>;
  /** Put before the names of its checks where several projects are checked: `web: `, else "". */
  readonly label: string;
}

/** How a command is run for a check. */
export interface Manner {
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly keepStdout?: number;
}

/** Runs a program of the project to its end, in its folder and environment; its output is printed. */
export function runIn(
  { project, children, env }: Pick<Site, "project" | "children" | "env">,
  argv: readonly string[],
  { signal, print, env: more, cwd = project.folder, keepStdout = 0 }: Manner,
): Promise<ChildEnd> {
  return children.run({
    argv,
    cwd,
    env: { ...env, ...more },
    onOutput: print,
    keepStdout,
    signal,
  });
}
