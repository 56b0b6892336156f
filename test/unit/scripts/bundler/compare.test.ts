import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { differences } from "../../../../scripts/bundler/compare.js";

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "belay-compare-"));
});
afterEach(() => rm(scratch, { recursive: true }));

async function folder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(scratch, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return join(scratch, name);
}

describe("comparing dist with a clean build", () => {
  it("finds nothing when every byte is the same", async () => {
    const built = await folder("built", { "a/index.js": "1", "a/12.index.js": "2" });
    const dist = await folder("dist", { "a/index.js": "1", "a/12.index.js": "2" });
    expect(await differences(built, dist)).toEqual([]);
  });

  it("names a changed file, a missing one, and one that the build does not make", async () => {
    const built = await folder("built", { "a/index.js": "1", "a/12.index.js": "2" });
    const dist = await folder("dist", { "a/index.js": "x", "a/99.index.js": "2" });
    expect(await differences(built, dist)).toEqual([
      "missing: a/12.index.js",
      "not made by the build: a/99.index.js",
      "differs: a/index.js",
    ]);
  });

  it("names every file when there is no dist at all", async () => {
    const built = await folder("built", { "a/index.js": "1" });
    expect(await differences(built, join(scratch, "none"))).toEqual(["missing: a/index.js"]);
  });
});
