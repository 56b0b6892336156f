import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Installed, installDependencies } from "../checks/install-dependencies.js";
import type { Platform } from "../checks/platform.js";
import { failed } from "../checks/result.js";
import type { Cache } from "../ports/cache.js";
import { findInstaller, install, type InstallPlace, type Installer } from "./installer.js";

/** Written last: a virtualenv without it is half of one. */
const marker = "belay-complete";

export interface DependenciesRun {
  readonly place: InstallPlace;
  readonly cache: Cache | undefined;
  readonly platform: Platform;
}

/** Installs what the lockfile names into the project's virtualenv, with whatever the cache holds. */
export async function prepareDependencies(run: DependenciesRun): Promise<Installed> {
  const { place, cache, platform } = run;
  const { venv, downloads, tools, dependencies } = place;
  const installer = await findInstaller(place);
  const key = await keyOf(installer, run);
  const prefix = `belay-python-downloads-${platform.machine}-${dependencies.installer}-`;
  const plan = {
    paths: installer.requirement === undefined ? [venv] : [venv, tools],
    key: `belay-python-${platform.machine}-${key}`,
    downloads: () => Promise.resolve([downloads]),
    downloadsKey: `${prefix}${key}`,
    downloadsPrefix: prefix,
    isWhole: () => isWhole(key, place),
    install: async (restored: boolean) => {
      const outcome = await install(installer, restored, place);
      if (outcome.status === "passed") await writeFile(join(venv, marker), key);
      return outcome;
    },
  };
  return installDependencies(plan, cache, platform.log);
}

/** Everything that decides what lies in the virtualenv, and whether it works where it comes back to. */
async function keyOf(installer: Installer, { place, platform }: DependenciesRun): Promise<string> {
  const { interpreter, folder, venv, dependencies } = place;
  const hash = createHash("sha256");
  const facts = [interpreter.version, interpreter.path, platform.machine, installer.version, venv];
  const indexes = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"];
  for (const fact of [...facts, ...dependencies.words, ...indexes.map(platform.variable)])
    hash.update(`${fact}\0`);
  for (const file of dependencies.files)
    hash.update(`${file}\0`).update(await readFile(join(folder, file)));
  return hash.digest("hex").slice(0, 32);
}

async function isWhole(
  key: string,
  { venv, folder, children, signal }: InstallPlace,
): Promise<boolean> {
  const found = await readFile(join(venv, marker), "utf8").catch(() => "");
  if (found !== key) return false;
  const argv = [join(venv, "bin/python"), "-c", "import encodings, json, ssl"];
  const end = await children.run({ argv, cwd: folder, signal }).catch(() => undefined);
  return end?.code === 0;
}

/** Where no file names the dependencies. */
export function noLockfile(directory: string): Installed {
  const message =
    `no dependencies are named in \`${directory}\`: there is neither uv.lock, poetry.lock, Pipfile.lock, ` +
    "a requirements file nor pyproject.toml. Commit one of them, or set `install: none` where a step before installs";
  const outcome = failed("no lockfile", [{ level: "error", message }]);
  return { hit: "none", outcome };
}
