import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CacheService, startCacheService } from "../support/cache-service.js";
import { fetching, nodeProject, type NodeProject } from "../support/node-project.js";
import { npmLockfile } from "../support/npm-lockfile.js";
import { mustRun } from "../support/program.js";
import type { ActionResult } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const versions = { picomatch: "4.0.7", ms: "2.1.3" };

/** Takes what npm writes last out of the kept environment. */
async function halve({ entries }: CacheService): Promise<void> {
  const entry = [...entries.values()].find(({ key }) => /^belay-node-(?!.*downloads)/.test(key));
  if (entry === undefined) throw new Error("no environment was kept");
  const folder = await scratchFolder("half-cache");
  try {
    const archive = join(folder, "archive");
    await writeFile(archive, entry.bytes);
    await mustRun(["tar", "-xf", archive, "-C", folder]);
    await rm(join(folder, "node_modules/.package-lock.json"));
    // As it was packed, by zstd or by gzip.
    const how = entry.bytes[0] === 0x1f ? "--gzip" : "--zstd";
    await mustRun(["tar", how, "-cf", archive, "-C", folder, "node_modules"]);
    entry.bytes = await readFile(archive);
  } finally {
    await removeFolder(folder);
  }
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
      files: { "package-lock.json": npmLockfile({ dependencies }) },
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
    await project.write({
      "package.json": text,
      "package-lock.json": npmLockfile({ dependencies: versions }),
    });
    await project.commit();
    expect((await run()).outputs).toMatchObject({ status: "passed", "cache-hit": "partial" });
  });

  it("half a cache, which unpacks well, is thrown away and made anew", async () => {
    await run();
    await halve(cache);
    const result = await run();
    expect(result.outputs, result.log.text).toMatchObject({
      status: "passed",
      "cache-hit": "partial",
    });
    expect(result.log.text).toContain("The cache of the dependencies is damaged and is not used");
  });

  it("a service that is gone costs seconds and fails nothing", async () => {
    await cache.stop();
    const result = await run();
    expect(result.outputs).toMatchObject({ status: "passed", "cache-hit": "none" });
    expect(result.durationMs).toBeLessThan(30_000);
  });
});
