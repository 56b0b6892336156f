import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CacheService, startCacheService } from "../support/cache-service.js";
import { fetching, nodeProject, type NodeProject } from "../support/node-project.js";
import type { ActionResult } from "../support/run-action.js";

const versions = { picomatch: "4.0.7", ms: "2.1.3" };

/** Without addresses, so that it names no registry. */
function lockfile(dependencies: Readonly<Record<string, string>>): string {
  const root = { name: "fixture", version: "1.0.0", dependencies };
  const packages = Object.entries(dependencies).map(([name, version]) => [
    `node_modules/${name}`,
    { version },
  ]);
  const all = { "": root, ...Object.fromEntries(packages) } as unknown;
  const head = { name: "fixture", version: "1.0.0", lockfileVersion: 3, requires: true };
  return `${JSON.stringify({ ...head, packages: all }, null, 2)}\n`;
}

const test =
  "node -e \"for (const name of Object.keys(require('./package.json').dependencies)) require(name)\"";

describe.each(["v1", "v2"] as const)("with a cache service of protocol %s", (protocol) => {
  let project: NodeProject;
  let cache: CacheService;
  beforeEach(async () => {
    const dependencies = { picomatch: versions.picomatch };
    project = await nodeProject({
      manifest: { type: "commonjs", dependencies },
      scripts: { test },
      files: { "package-lock.json": lockfile(dependencies) },
    });
    cache = await startCacheService(protocol);
  });
  afterEach(async () => {
    await cache.stop();
    await project.remove();
  });

  const run = (): Promise<ActionResult> => {
    const kept = join(project.folder, "../downloads");
    return project.run({}, { facts: { ...fetching(), ...cache.facts, npm_config_cache: kept } });
  };

  it("a second run has the whole environment, and a damaged cache is thrown away and made anew", async () => {
    expect((await run()).outputs).toMatchObject({ status: "passed", "cache-hit": "none" });
    expect((await run()).outputs).toMatchObject({ status: "passed", "cache-hit": "exact" });
    cache.damage("belay-node-", 0.5);
    const result = await run();
    expect(result.outputs).toMatchObject({ status: "passed" });
    expect(result.outputs["cache-hit"]).not.toBe("exact");
  });

  it("another lockfile has only the downloads, so that nothing old is tested", async () => {
    await run();
    const text = JSON.stringify({
      name: "fixture",
      version: "1.0.0",
      private: true,
      scripts: { test },
      dependencies: versions,
    });
    await project.write({ "package.json": text, "package-lock.json": lockfile(versions) });
    await project.commit();
    expect((await run()).outputs).toMatchObject({ status: "passed", "cache-hit": "partial" });
  });

  it("an answer of 500 costs time and fails nothing", async () => {
    await cache.stop();
    expect((await run()).outputs).toMatchObject({ status: "passed", "cache-hit": "none" });
  });
});
