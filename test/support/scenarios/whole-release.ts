import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Site } from "../site.js";

/**
 * What must hold after any fault: one whole release serves, healthy, the lock is free, no operation is
 * open and nobody has to release a hold.
 */
export async function expectOneWholeRelease(site: Site): Promise<void> {
  await site.settled(30_000);
  const id = await site.current();
  expect(await site.serving()).toMatchObject({ status: 200, release: id });
  const record = join(site.path, ".belay/releases", id ?? "none");
  const manifest = await readFile(join(record, "files"), "utf8");
  const files = manifest.split("\n").map((line) => line.split("\t"));
  for (const [type, , , sha256, path] of files) {
    if (type !== "f") continue;
    const bytes = await readFile(join(site.path, "releases", id ?? "none", path ?? ""));
    expect({ path, sha256: createHash("sha256").update(bytes).digest("hex") }).toEqual({
      path,
      sha256,
    });
  }
}
