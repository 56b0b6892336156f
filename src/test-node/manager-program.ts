import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { programOf } from "../commands/packages.js";
import { BelayError } from "../kit/errors.js";
import type { Children } from "../ports/children.js";
import type { ManagerName, PackageManager } from "./package-manager.js";

/** Where the package manager is, and which version it is. */
export interface ManagerProgram {
  readonly version: string;
  /** The PATH under which its name starts it. */
  readonly path: string;
}

interface Place {
  readonly children: Children;
  /** The project's root: what is named there decides which version a manager runs as. */
  readonly cwd: string;
  readonly path: string;
  /** Where a version that is not there may be put. */
  readonly tools: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** The packages that hold each manager as published. */
const packages: Readonly<Record<ManagerName, string>> = {
  npm: "npm",
  pnpm: "pnpm",
  yarn: "@yarnpkg/cli-dist",
  "yarn-classic": "yarn",
};

/**
 * The package manager of the project in the version that it names: the one on PATH where it is that version,
 * else fetched by npm. Throws `tool-missing` where there is none and the project names no version.
 */
export async function findManager(manager: PackageManager, place: Place): Promise<ManagerProgram> {
  const { version } = manager;
  const present = await versionOf(manager.name, place);
  // Corepack and pnpm itself answer with the version that the project names.
  if (
    present !== undefined &&
    (version === undefined || present === version || manager.name === "npm")
  )
    return { version: present, path: place.path };
  if (version === undefined) throw missing(manager);
  const path = await fetched(manager.name, version, place);
  const found = await versionOf(manager.name, { ...place, path });
  if (found === undefined) throw missing(manager);
  return { version: found, path };
}

async function versionOf(name: ManagerName, place: Place): Promise<string | undefined> {
  const { children, cwd, env, path, signal } = place;
  const argv = [programOf(name), "--version"];
  try {
    const end = await children.run({
      argv,
      cwd,
      env: { ...env, PATH: path },
      keepStdout: 4096,
      signal,
    });
    const version = end.stdout.trim().split("\n").at(-1) ?? "";
    return end.code === 0 && /^\d+\.\d+\.\d+/.test(version) ? version : undefined;
  } catch {
    return undefined;
  }
}

async function fetched(name: ManagerName, version: string, place: Place): Promise<string> {
  const { children, cwd, env, path, tools, signal, print } = place;
  const folder = join(tools, `${name}-${version}`);
  await mkdir(folder, { recursive: true });
  const words = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts"];
  const argv = ["npm", ...words, `${packages[name]}@${version}`];
  const end = await children.run({
    argv,
    cwd,
    env: { ...env, PATH: path },
    onOutput: print,
    signal,
  });
  if (end.code !== 0) {
    const message = `${packages[name]}@${version}, which package.json names, could not be fetched by npm`;
    const remedy = "Look at npm's output above, or set it up in a step before this one.";
    throw new BelayError("tool-missing", message, remedy);
  }
  return [join(folder, "node_modules/.bin"), path].join(delimiter);
}

function missing({ name, lockfile }: PackageManager): BelayError {
  const program = programOf(name);
  return new BelayError(
    "tool-missing",
    `the lockfile is ${lockfile}, and ${program} is not on the runner`,
    `Name its version in package.json (\`"packageManager": "${program}@X.Y.Z"\`), or set it up in a step before this one.`,
  );
}
