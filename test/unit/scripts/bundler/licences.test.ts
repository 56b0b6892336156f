import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { licencesOf } from "../../../../scripts/bundler/licences.js";

let stage: string;
beforeEach(async () => {
  stage = await mkdtemp(join(tmpdir(), "belay-licences-"));
});
afterEach(() => rm(stage, { recursive: true }));

async function addPackage(name: string, licence: string): Promise<void> {
  const folder = join(stage, "node_modules", name);
  await mkdir(folder, { recursive: true });
  const manifest = { name, version: "1.2.3", license: licence };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "LICENSE.md"), `Text of ${name}\r\n`);
}

describe("licenses.txt", () => {
  it("has each bundled package once, sorted, with its text", async () => {
    await addPackage("tar", "ISC");
    await addPackage("@scope/core", "MIT");
    const modules = ["@scope/core/a.js", "tar/a.js", "tar/lib/b.js"];
    expect(
      await licencesOf(stage, ["src/x/main.js", ...modules.map((file) => `node_modules/${file}`)]),
    ).toBe(
      `@scope/core 1.2.3 (MIT)
-----------------------

Text of @scope/core

tar 1.2.3 (ISC)
---------------

Text of tar

`,
    );
  });

  it("refuses a package whose licence may not be handed on", async () => {
    await addPackage("theirs", "GPL-3.0-only");
    await expect(licencesOf(stage, ["node_modules/theirs/a.js"])).rejects.toThrow(
      "theirs: its licence, GPL-3.0-only, is none of MIT",
    );
  });

  it("does not name a package of which only a replaced file is bundled", async () => {
    expect(await licencesOf(stage, ["node_modules/cpu-features/index.js"])).toBe("");
  });
});
