import { describe, expect, it } from "vitest";
import { openCache } from "../../../src/checks/open-cache.js";
import type { Cache } from "../../../src/ports/cache.js";
import { fakeChecksPlatform } from "../../support/checks-platform.js";

/** A service that takes `answerMs` for each restore; `calls` are those that reach it. */
async function opened(
  answerMs: number,
  found: string | undefined,
): Promise<{ cache: Cache; calls: string[] }> {
  let now = 0;
  const calls: string[] = [];
  const service: Cache = {
    restore: (_, key) => {
      calls.push(`restore ${key}`);
      now += answerMs;
      return Promise.resolve(found);
    },
    save: (_, key) => {
      calls.push(`save ${key}`);
      return Promise.resolve(true);
    },
  };
  const { platform } = fakeChecksPlatform({}, { openCache: () => Promise.resolve(service) });
  const clock = { ...platform.clock, monotonic: () => now };
  const cache = await openCache({ ...platform, clock });
  if (cache === undefined) throw new Error("there is a service, and no cache");
  return { cache, calls };
}

describe("the cache of a job", () => {
  it("is asked no more once its service was too slow to be a miss", async () => {
    const { cache, calls } = await opened(5000, undefined);
    expect(await cache.restore(["a"], "one", [])).toBeUndefined();
    expect(await cache.restore(["a"], "two", [])).toBeUndefined();
    expect(await cache.save(["a"], "two")).toBe(false);
    expect(calls).toEqual(["restore one"]);
  });

  it.each([
    ["a quick miss", 200, undefined],
    ["a long download", 60_000, "one"],
  ])("is asked again after %s", async (_, answerMs, found) => {
    const { cache, calls } = await opened(answerMs, found);
    expect(await cache.restore(["a"], "one", [])).toBe(found);
    expect(await cache.save(["a"], "two")).toBe(true);
    expect(calls).toEqual(["restore one", "save two"]);
  });

  it("is none where the job has none", async () => {
    expect(await openCache(fakeChecksPlatform().platform)).toBeUndefined();
  });
});
