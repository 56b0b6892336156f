import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../checks/check.js";
import { failed, passed } from "../checks/result.js";
import { programCommand } from "../commands/packages.js";
import { parseJson, textAt } from "../kit/json.js";
import type { Cache } from "../ports/cache.js";
import { endText } from "./program-end.js";
import { dependsOn } from "./project.js";
import type { Script } from "./scripts.js";
import { runIn, type Site } from "./site.js";

/**
 * The check that the browsers are there which the project's Playwright wants; undefined where it has none, and, unless
 * they are named, where no end-to-end script runs.
 */
export function browsersCheck(
  site: Site,
  scripts: readonly Script[],
  cache: Cache | undefined,
): Check | undefined {
  const { project, inputs } = site;
  const uses = dependsOn(project, "@playwright/test") || dependsOn(project, "playwright");
  const { browsers } = inputs;
  if (browsers === undefined || !uses) return undefined;
  if (browsers.length === 0 && !scripts.some(({ kind }) => kind === "e2e")) return undefined;
  return {
    name: `${site.label}browsers`,
    run: async (signal, print) => {
      const version = await versionOf(site);
      const folder = browsersFolder(site);
      const key = ["belay-browsers", site.platform.machine, version, ...browsers].join("-");
      const found = await cache?.restore([folder], key, []).catch(() => undefined);
      // It installs what lacks, and the libraries of the system, which no cache holds.
      const words = ["install", ...(isDebian(site) ? ["--with-deps"] : []), ...browsers];
      const argv = programCommand(project.manager.name, "playwright", words);
      const env = { PLAYWRIGHT_BROWSERS_PATH: folder };
      const end = await runIn(site, argv, { signal, print, env });
      if (end.code !== 0) return failed(endText(end, argv.join(" ")));
      if (found === undefined) await cache?.save([folder], key).catch(() => false);
      return passed([], found === undefined ? "" : "from the cache");
    },
  };
}

/** Where Playwright looks by itself, unless the job says otherwise. */
function browsersFolder({ platform, env }: Site): string {
  const named = env["PLAYWRIGHT_BROWSERS_PATH"] ?? platform.variable("PLAYWRIGHT_BROWSERS_PATH");
  const home = platform.variable("HOME");
  const usual = platform.machine.startsWith("darwin") ? "Library/Caches" : ".cache";
  return named || join(home, usual, "ms-playwright");
}

function isDebian({ platform }: Site): boolean {
  return (
    platform.machine.startsWith("linux") &&
    platform.variable("RUNNER_ENVIRONMENT") === "github-hosted"
  );
}

async function versionOf({ project }: Site): Promise<string> {
  for (const name of ["playwright-core", "playwright", "@playwright/test"])
    for (const folder of [project.folder, project.root]) {
      const path = join(folder, "node_modules", name, "package.json");
      const version = textAt(parseJson(await readFile(path, "utf8").catch(() => "")), "version");
      if (version !== "") return version;
    }
  return "unknown";
}
