import type { BuildRequest } from "../../commands/buildx.js";
import { type Cache, noCache } from "../cache.js";
import { type BuildPlace, type Built, runBuild } from "./run-build.js";

export interface Persistence extends BuildPlace {
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** Variables with the way to GitHub's cache: buildx gets them only when that is the cache. */
  readonly cacheService: Readonly<Record<string, string>>;
  /** Hears the last lines of a step that failed. */
  readonly onFailure: (lastLines: readonly string[]) => void;
}

const firstPauseMs = 1000;
const longestPauseMs = 20_000;

/**
 * Builds, and begins a push again that may pass the next time: the builder has the image by then, so that
 * nothing is built twice. A cache that fails is left out. Throws why it came to nothing.
 */
export async function buildPersistently(
  request: Omit<BuildRequest, "cacheFrom" | "cacheTo">,
  wanted: Cache,
  retries: number,
  place: Persistence,
): Promise<Built> {
  let cache = wanted;
  for (let round = 0; ; ) {
    const env = { ...place.env, ...(cache.gha && place.cacheService) };
    const whole = { ...request, cacheFrom: cache.from, cacheTo: cache.to };
    const ended = await runBuild(whole, { ...place, env });
    if ("digest" in ended) return ended;
    const { error, mends, lastLines } = ended;
    if (mends === "cache" && cache !== noCache) {
      place.log.warning(`${error.message}; the build goes on without a cache`);
      cache = noCache;
    } else if (mends === "push" && round < retries) {
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** round) * (0.5 + place.random());
      place.log.warning(`${error.message}; it is pushed again (${String(round + 1)} of ${String(retries)})`);
      await place.clock.sleep(pauseMs, place.signal);
      round += 1;
    } else {
      place.onFailure(lastLines);
      throw error;
    }
  }
}
