import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Site } from "../site.js";

/** `id` serves healthy, nothing of another try is left, the lock is free. */
export async function expectUntouched(site: Site, id: string): Promise<void> {
  await site.settled();
  expect(await site.serving()).toMatchObject({ status: 200, release: id });
  expect(await site.current()).toBe(id);
  expect(await readdir(join(site.path, "releases"))).toContain(id);
  expect(await readdir(join(site.path, ".belay/incoming")).catch(() => [])).toEqual([]);
}
