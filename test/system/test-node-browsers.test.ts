import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CacheService, startCacheService } from "../support/cache-service.js";
import { fetching, nodeProject, type NodeProject } from "../support/node-project.js";
import { npmLockfile } from "../support/npm-lockfile.js";
import { startPlaywrightHost } from "../support/receivers/playwright-host.js";
import type { Receiver } from "../support/receivers/receiver.js";
import type { ActionResult } from "../support/run-action.js";

const version = "1.62.0";
const dependencies = { playwright: version };

const packages = {
  playwright: {
    version,
    dependencies: { "playwright-core": version },
    bin: { playwright: "cli.js" },
  },
  "playwright-core": { version, bin: { "playwright-core": "cli.js" } },
};

const manifest = (scripts: Readonly<Record<string, string>>): string =>
  JSON.stringify({ name: "fixture", version: "1.0.0", private: true, scripts, dependencies });

describe("the browsers of a project with Playwright", () => {
  let project: NodeProject;
  let cache: CacheService;
  let host: Receiver;
  beforeEach(async () => {
    project = await nodeProject({
      files: {
        "package.json": manifest({ e2e: "node -e \"require('playwright')\"" }),
        "package-lock.json": npmLockfile({ dependencies, packages }),
      },
    });
    cache = await startCacheService("v2");
    host = await startPlaywrightHost();
  });
  afterEach(async () => {
    await host.stop();
    await cache.stop();
    await project.remove();
  });

  const browsers = (): string => join(project.folder, "../browsers");
  const run = async (names: string): Promise<ActionResult> => {
    const result = await project.run(
      {
        browsers: names,
        "allow-no-tests": "true",
        env: [
          `PLAYWRIGHT_DOWNLOAD_HOST=${host.url}`,
          `PLAYWRIGHT_BROWSERS_PATH=${browsers()}`,
          // The machine's libraries are none of this test.
          "PLAYWRIGHT_SKIP_VALIDATE_HOST_REQUIREMENTS=1",
        ].join("\n"),
      },
      { facts: { ...fetching(), ...cache.facts, npm_config_cache: `${browsers()}-npm` } },
    );
    expect(result.outputs, result.log.text).toMatchObject({ status: "passed" });
    return result;
  };
  const installed = async (): Promise<readonly string[]> =>
    (await readdir(browsers()))
      .map((name) => name.replace(/-\d+$/, ""))
      .filter((name) => !name.startsWith("."))
      .sort();

  it("are installed by Playwright itself, and come from the cache in the next run", async () => {
    await run("auto");
    const all = ["chromium", "chromium_headless_shell", "ffmpeg", "firefox", "webkit"];
    expect(await installed()).toEqual(all);
    expect(host.received).toHaveLength(all.length);
    await rm(browsers(), { recursive: true });
    expect((await run("auto")).log.text).toContain("from the cache");
    expect(await installed()).toEqual(all);
    expect(host.received).toHaveLength(all.length);
  });

  it("are those alone that are named", async () => {
    await project.write({ "package.json": manifest({ test: "node -e 0" }) });
    await run("chromium");
    expect(await installed()).toEqual(["chromium", "chromium_headless_shell", "ffmpeg"]);
  });

  it("are not kept when they could not be had, and that fails", async () => {
    host.trouble([{ status: 503 }], true);
    await expect(run("auto")).rejects.toThrow("browsers");
    expect([...cache.entries.values()].filter(({ key }) => key.includes("browsers"))).toEqual([]);
  });
});
