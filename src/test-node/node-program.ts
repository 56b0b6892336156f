import type { Finding } from "../checks/result.js";
import { BelayError } from "../kit/errors.js";
import type { Children } from "../ports/children.js";

/** The Node that the project's programs run on; not the one that runs this action. */
export interface NodeProgram {
  readonly version: string;
  readonly path: string;
}

/** Throws `tool-missing` where there is no Node on PATH. */
export async function findNode(
  children: Children,
  cwd: string,
  signal: AbortSignal,
): Promise<NodeProgram> {
  const argv = ["node", "-p", "process.versions.node + ' ' + process.execPath"];
  const env = { NODE_OPTIONS: undefined };
  const { code, stdout } = await children.run({ argv, cwd, env, keepStdout: 4096, signal });
  const [, version, path] = /^(\d+\.\d+\.\d+\S*) (.+)$/m.exec(stdout) ?? [];
  if (code !== 0 || version === undefined || path === undefined)
    throw new BelayError(
      "tool-missing",
      "node on the runner does not work",
      "Use actions/setup-node before this step.",
    );
  return { version, path };
}

/** What the project says of its Node: `engines` must fit; a file that pins another one may be a matrix at work. */
export async function runtimeFindings(
  version: string,
  wanted: { readonly engines: string; readonly pin: string; readonly pinFile: string },
): Promise<readonly Finding[]> {
  const { engines, pin, pinFile } = wanted;
  const { default: satisfies } = await import("semver/functions/satisfies.js");
  const remedy = "Use actions/setup-node with `node-version-file` before this step";
  if (engines !== "" && !satisfies(version, engines, { includePrerelease: true }))
    return [
      {
        level: "error",
        message: `Node ${version} is on the runner, and \`engines\` in package.json wants ${engines}. ${remedy}`,
      },
    ];
  const plain = pin.replace(/^v/, "");
  if (/^\d+(?:\.\d+){0,2}$/.test(plain) && !satisfies(version, plain))
    return [
      {
        level: "warning",
        message: `Node ${version} is on the runner, and ${pinFile} names ${pin}. ${remedy}`,
      },
    ];
  return [];
}
