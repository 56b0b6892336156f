import { formatDuration } from "../kit/duration.js";
import type { Cache } from "../ports/cache.js";
import type { Platform } from "./platform.js";

/** A miss is answered in a fraction of a second: what takes longer and finds nothing is a service that fails. */
const longestMissMs = 3000;

/**
 * The job's cache, if there is one. It is asked no more once it was found to fail: its client does not say so,
 * and tries each call again for up to half a minute.
 */
export async function openCache({
  openCache: open,
  clock,
  log,
}: Pick<Platform, "openCache" | "clock" | "log">): Promise<Cache | undefined> {
  const cache = await open();
  if (cache === undefined) return undefined;
  let fails = false;
  const restore: Cache["restore"] = async (...words) => {
    if (fails) return undefined;
    const begun = clock.monotonic();
    const found = await cache.restore(...words);
    const tookMs = clock.monotonic() - begun;
    fails = found === undefined && tookMs > longestMissMs;
    if (fails)
      log.info(`the cache had no answer in ${formatDuration(tookMs)}: this run does without it`);
    return found;
  };
  return { restore, save: async (...words) => !fails && cache.save(...words) };
}
