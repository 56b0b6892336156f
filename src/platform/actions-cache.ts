import type { Cache } from "../ports/cache.js";

/**
 * The cache service of the job; undefined where there is none. Its client is loaded only where there is one: it
 * is larger than all the rest.
 */
export async function openActionsCache(
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<Cache | undefined> {
  if (!env["ACTIONS_RESULTS_URL"] && !env["ACTIONS_CACHE_URL"]) return undefined;
  const client = await import("@actions/cache");
  if (!client.isFeatureAvailable()) return undefined;
  return {
    restore: (paths, key, prefixes) => client.restoreCache([...paths], key, [...prefixes]),
    save: async (paths, key) => (await client.saveCache([...paths], key)) !== -1,
  };
}
