import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { actionNames } from "../../scripts/bundler/actions.js";

const root = join(import.meta.dirname, "../..");
/** Bytes of the whole folder; SSH, which few load, is more than half of it where it is. What only tells others runs in every job. */
const mostBytes: Readonly<Record<string, number>> = {
  "slack-notify": 250_000,
  "sentry-release": 250_000,
  "health-gate": 1_400_000,
  "ssh-deploy-with-backup": 1_600_000,
  "test-django": 600_000,
};
const usualBytes = 1_200_000;

async function filesOf(name: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, "dist", name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => join(file.parentPath, file.name));
}

/** It is a file of its own, which is loaded only where the job has a cache service. */
async function isCacheClient(file: string): Promise<boolean> {
  if (!/\d+\.index\.js$/.test(file)) return false;
  return (await readFile(file, "utf8")).includes("GetCacheEntryDownloadURL");
}

describe.each(await actionNames(root))("dist/%s", (name) => {
  it("is small enough to be fetched and started at once", async () => {
    const files = await Promise.all(
      (await filesOf(name)).map(async (file) => ((await isCacheClient(file)) ? [] : [file])),
    );
    const sizes = await Promise.all(files.flat().map((file) => stat(file)));
    const total = sizes.reduce((sum, { size }) => sum + size, 0);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThanOrEqual(mostBytes[name] ?? usualBytes);
  });

  it("names no folder of the machine that built it, and holds only text", async () => {
    for (const file of await filesOf(name)) {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
      expect(text, file).not.toContain(root);
      expect(text, file).not.toContain("belay-bundle-");
    }
  });

  it("carries the licences of what is in it", async () => {
    const text = await readFile(join(root, "dist", name, "licenses.txt"), "utf8");
    expect(text).toMatch(/^@actions\/core \S+ \(MIT\)$/m);
    expect(text).toContain("Permission is hereby granted, free of charge");
  });
});
