import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type CacheService, startCacheService } from "../support/cache-service.js";
import {
  downloadsKept,
  fetching,
  nodeCheckout,
  type NodeProject,
} from "../support/node-project.js";
import { startNpmRegistry } from "../support/npm-registry.js";
import { mustRun } from "../support/program.js";
import { errorsOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

interface Manager {
  /** As it is published. */
  readonly requirement: string;
  /** Words that make the lockfile anew. */
  readonly lock: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** What stands for a package of the same workspace. */
  readonly local: string;
  /** What its audit says of the weakness that the registry of the test knows. */
  readonly audit: string;
}

/** Yarn's classic form asks one address, whatever registry it is given: here nobody leads it there. */
const noWayOut = { HTTPS_PROXY: "http://127.0.0.1:1", YARN_HTTPS_PROXY: "http://127.0.0.1:1" };

const known = "ms: A weakness of ms (high, GHSA-msms-msms-msms)";

const managers: Readonly<Record<string, Manager>> = {
  pnpm: {
    requirement: "pnpm@10.20.0",
    lock: ["pnpm", "install", "--lockfile-only"],
    files: { "pnpm-workspace.yaml": "packages:\n  - packages/*\n" },
    local: "workspace:*",
    audit: known,
  },
  "yarn, classic": {
    requirement: "yarn@1.22.22",
    lock: ["yarn", "install", "--no-progress"],
    files: { "yarn.lock": "# yarn lockfile v1\n" },
    local: "1.0.0",
    audit: "the registry gave no answer about weaknesses",
  },
  "yarn with node_modules": {
    requirement: "@yarnpkg/cli-dist@4.9.1",
    lock: ["yarn", "install", "--mode=update-lockfile"],
    files: { "yarn.lock": "", ".yarnrc.yml": "nodeLinker: node-modules\n" },
    local: "workspace:*",
    audit: known,
  },
  "yarn with Plug'n'Play": {
    requirement: "@yarnpkg/cli-dist@4.9.1",
    lock: ["yarn", "install", "--mode=update-lockfile"],
    files: { "yarn.lock": "" },
    local: "workspace:*",
    audit: known,
  },
};

/** Nobody answers there. */
const nowhere = {
  npm_config_registry: "http://127.0.0.1:1",
  YARN_REGISTRY: "http://127.0.0.1:1",
  YARN_NPM_REGISTRY_SERVER: "http://127.0.0.1:1",
  YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
};

let project: NodeProject | undefined;
let cache: CacheService | undefined;
let machine: string | undefined;
afterEach(async () => {
  await cache?.stop();
  await project?.remove();
  if (machine !== undefined) await removeFolder(machine);
  [cache, project, machine] = [undefined, undefined, undefined];
});

/** A workspace of an app, which has the tests, and a library of its own, which has none. */
function workspace(
  { files, local }: Manager,
  dependencies: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const text = (manifest: object): string =>
    `${JSON.stringify({ version: "1.0.0", private: true, ...manifest }, null, 2)}\n`;
  const names = ["@here/lib", ...Object.keys(dependencies)];
  const test = `node -e "for (const name of ${JSON.stringify(names).replaceAll('"', "'")}) require(name)"`;
  return {
    "package.json": text({ name: "root", workspaces: ["packages/*"] }),
    "packages/app/package.json": text({
      name: "@here/app",
      scripts: { test },
      dependencies: { "@here/lib": local, ...dependencies },
    }),
    "packages/lib/package.json": text({ name: "@here/lib" }),
    "packages/lib/index.js": "module.exports = 1;\n",
    ...files,
  };
}

/** Where the runner's programs and downloads are. */
async function withProgram(requirement: string): Promise<Readonly<Record<string, string>>> {
  machine = await scratchFolder("machine");
  const kept = { ...(process.env as Record<string, string>), ...downloadsKept() };
  const words = ["install", "--prefix", machine, "--no-audit", "--no-fund", "--ignore-scripts"];
  await mustRun(["npm", ...words, requirement], { cwd: machine, env: kept });
  const downloads = join(machine, "downloads");
  return {
    ...fetching(),
    PATH: `${join(machine, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
    npm_config_store_dir: downloads,
    YARN_CACHE_FOLDER: downloads,
    YARN_GLOBAL_FOLDER: downloads,
    YARN_ENABLE_TELEMETRY: "0",
  };
}

/** A new machine: only the cache service remembers. */
async function forget(): Promise<void> {
  await project?.git("clean", "-qdxf");
  if (machine !== undefined) await removeFolder(join(machine, "downloads"));
}

/** By the manager's own program, against a registry that knows of something. */
async function audited(
  manager: Manager,
  facts: Readonly<Record<string, string>>,
  service: CacheService,
): Promise<ActionResult> {
  const ghsa = "GHSA-msms-msms-msms";
  const weakness = { name: "ms", ghsa, severity: "high", vulnerable: "<2.2.0" };
  const registry = await startNpmRegistry({ packages: { ms: ["2.1.3"] }, weaknesses: [weakness] });
  try {
    const answering = {
      npm_config_registry: registry.url,
      YARN_REGISTRY: registry.url,
      YARN_NPM_REGISTRY_SERVER: registry.url,
      YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
    };
    const isClassic = manager.requirement.startsWith("yarn@");
    const more = isClassic ? noWayOut : answering;
    const all = { ...facts, ...service.facts, ...more };
    if (project === undefined) throw new Error("there is no project");
    return await project.run({ "audit-level": "high" }, { facts: all });
  } finally {
    await registry.stop();
  }
}

describe.each(Object.entries(managers))("a workspace with %s", (_, manager) => {
  it("is tested in the packages that have tests, and on a new machine without a registry", async () => {
    const facts = await withProgram(manager.requirement);
    project = await nodeCheckout(workspace(manager, { ms: "2.1.3" }));
    const { folder, write, commit, run } = project;
    const lock = async (): Promise<void> => {
      const env = { ...(process.env as Record<string, string>), ...facts, HOME: folder };
      await mustRun(manager.lock, { cwd: folder, env });
      await commit();
      await forget();
    };
    await lock();
    const alone = await run({}, { facts });
    expect(alone.outputs, alone.log.text).toMatchObject({ status: "passed", "cache-hit": "none" });
    const service = (cache = await startCacheService());
    const kept = (more = {}): Promise<ActionResult> =>
      run({}, { facts: { ...facts, ...service.facts, ...more } });
    await forget();
    expect((await kept()).outputs).toMatchObject({ status: "passed", "cache-hit": "none" });
    await forget();
    const again = await kept(nowhere);
    expect(again.outputs, again.log.text).toMatchObject({ status: "passed", "cache-hit": "exact" });
    const found = await audited(manager, facts, service);
    expect(found.outputs, found.log.text).toMatchObject({ "failed-checks": "audit" });
    expect(errorsOf(found)).toContain(manager.audit);
    await write(workspace(manager, { ms: "2.1.3", picomatch: "4.0.7" }));
    await lock();
    const other = await kept();
    expect(other.outputs, other.log.text).toMatchObject({
      status: "passed",
      "cache-hit": "partial",
    });
  });
});
