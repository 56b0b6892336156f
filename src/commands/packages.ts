/** The package managers of Node, by the form of their commands. */
export type Installer = "npm" | "pnpm" | "yarn" | "yarn-classic";

type Argv = readonly string[];

/**
 * Installs what the lockfile names and nothing else. `npm ci` deletes what was restored, so over a whole
 * environment npm only makes sure of it; whoever runs that looks whether the lockfile stayed as it was.
 */
export function installCommand(installer: Installer, restored: boolean): Argv {
  switch (installer) {
    case "npm": {
      const quiet = ["--prefer-offline", "--no-audit", "--no-fund"];
      return restored ? ["npm", "install", ...quiet] : ["npm", "ci", ...quiet];
    }
    case "pnpm":
      return ["pnpm", "install", "--frozen-lockfile", "--prefer-offline"];
    case "yarn":
      return ["yarn", "install", "--immutable"];
    case "yarn-classic":
      return ["yarn", "install", "--frozen-lockfile", "--prefer-offline", "--non-interactive"];
  }
}

/** Runs a script of package.json. */
export function scriptCommand(installer: Installer, script: string): Argv {
  return [programOf(installer), "run", script];
}

/** Runs a script in each package of the workspace that has it; those are named in `packages`. */
export function workspaceScriptCommands(
  installer: Installer,
  script: string,
  packages: readonly string[],
): readonly Argv[] {
  switch (installer) {
    case "npm":
      return [["npm", "run", script, "--workspaces", "--if-present"]];
    case "pnpm":
      return [["pnpm", "--recursive", "--if-present", "run", script]];
    case "yarn":
      return [["yarn", "workspaces", "foreach", "--all", "--topological-dev", "run", script]];
    case "yarn-classic":
      // `yarn workspaces run` fails at the first package that has no such script.
      return packages.map((name) => ["yarn", "--silent", "workspace", name, "run", script]);
  }
}

/** Runs a program that the project has installed. */
export function programCommand(installer: Installer, program: string, words: Argv): Argv {
  switch (installer) {
    case "npm":
      return ["npm", "exec", "--no", "--", program, ...words];
    case "pnpm":
      return ["pnpm", "exec", program, ...words];
    case "yarn":
      return ["yarn", "run", "--binaries-only", program, ...words];
    case "yarn-classic":
      return ["yarn", "--silent", "run", program, ...words];
  }
}

/** Prints the folder of its downloads. */
export function downloadsCommand(installer: Installer): Argv {
  switch (installer) {
    case "npm":
      return ["npm", "config", "get", "cache"];
    case "pnpm":
      return ["pnpm", "store", "path", "--silent"];
    case "yarn":
      return ["yarn", "config", "get", "cacheFolder"];
    case "yarn-classic":
      return ["yarn", "cache", "dir"];
  }
}

/** Prints what is known to be wrong with the dependencies, as JSON. */
export function auditCommand(installer: Installer): Argv {
  switch (installer) {
    case "npm":
      return ["npm", "audit", "--json"];
    case "pnpm":
      return ["pnpm", "audit", "--json"];
    case "yarn":
      return ["yarn", "npm", "audit", "--all", "--recursive", "--json"];
    case "yarn-classic":
      return ["yarn", "audit", "--json"];
  }
}

export function programOf(installer: Installer): string {
  return installer === "yarn-classic" ? "yarn" : installer;
}
