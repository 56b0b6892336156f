import { memberAt, textAt } from "../kit/json.js";

export type ManagerName = "npm" | "pnpm" | "yarn" | "yarn-classic";

/** The program that installs a project, as its lockfile and `packageManager` name it. */
export interface PackageManager {
  readonly name: ManagerName;
  readonly lockfile: string;
  /** An exact version from `packageManager` or `devEngines`; undefined where the project names none. */
  readonly version: string | undefined;
}

/** What is there to decide by. */
export interface ManagerSigns {
  /** Names of the files beside the package.json. */
  readonly files: readonly string[];
  readonly manifest: unknown;
  /** The text of yarn.lock, where there is one. */
  readonly yarnLock: string;
}

const lockfiles: readonly (readonly [string, "npm" | "pnpm" | "yarn"])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
];

/** The package manager of a folder; a sentence that says what is wrong where that cannot be told. */
export function packageManagerOf({
  files,
  manifest,
  yarnLock,
}: ManagerSigns): PackageManager | string {
  const named = namedManager(manifest);
  if (typeof named === "string") return named;
  const present = lockfiles.filter(([file]) => files.includes(file));
  const fitting = named === undefined ? present : present.filter(([, name]) => name === named.name);
  const [first] = fitting;
  if (first === undefined) return noLockfile(present, named);
  if (named === undefined && new Set(present.map(([, name]) => name)).size > 1)
    return `there are ${listed(present.map(([file]) => file))}, and \`packageManager\` in package.json does not say which one counts`;
  const [lockfile, name] = first;
  const isClassic = name === "yarn" && /^# yarn lockfile v1$/m.test(yarnLock);
  return { name: isClassic ? "yarn-classic" : name, lockfile, version: named?.version };
}

interface Named {
  readonly name: "npm" | "pnpm" | "yarn";
  readonly version: string | undefined;
}

/** As corepack reads it: `NAME@VERSION`, perhaps with a hash; else what `devEngines` names. */
function namedManager(manifest: unknown): Named | string | undefined {
  const given = textAt(manifest, "packageManager");
  if (given === "") {
    const engine = memberAt(manifest, "devEngines", "packageManager");
    const name = knownName(textAt(engine, "name"));
    const version = textAt(engine, "version");
    const exact = /^\d+\.\d+\.\d+$/.test(version) ? version : undefined;
    return name && { name, version: exact };
  }
  const match = /^([a-z]+)@(\d+\.\d+\.\d+[\w.-]*)(?:\+[\w.-]+)?$/.exec(given);
  const name = knownName(match?.[1] ?? "");
  if (name === undefined)
    return `\`packageManager\` in package.json is ${JSON.stringify(given)}; npm, pnpm and yarn are known, with an exact version`;
  return { name, version: match?.[2] };
}

function knownName(name: string): Named["name"] | undefined {
  return (["npm", "pnpm", "yarn"] as const).find((one) => one === name);
}

function noLockfile(
  present: readonly (readonly [string, string])[],
  named: Named | undefined,
): string {
  if (named !== undefined && present.length > 0)
    return `\`packageManager\` is ${named.name}, but the lockfile is ${listed(present.map(([file]) => file))}`;
  return "there is no lockfile (package-lock.json, pnpm-lock.yaml or yarn.lock)";
}

function listed(names: readonly string[]): string {
  return names.join(" and ");
}
