import { rm, stat } from "node:fs/promises";
import { asBelayError } from "../kit/errors.js";
import type { Cache } from "../ports/cache.js";
import type { Log } from "../ports/log.js";
import type { CheckOutcome } from "./result.js";
import type { CacheHit } from "./verdict.js";

/** How the dependencies of one folder are installed. */
export interface Installation {
  /** What is kept whole, as absolute paths: it comes back only for exactly the same `key`. */
  readonly paths: readonly string[];
  readonly key: string;
  /** Where the installer keeps what it fetches, so that another lockfile needs less of the network. */
  readonly downloads: () => Promise<readonly string[]>;
  readonly downloadsKey: string;
  readonly downloadsPrefix: string;
  /** The installer asks for what it fetched also where all of it is installed. */
  readonly asksForDownloads?: boolean;
  /** Whether what came back is whole and works. */
  readonly isWhole: () => Promise<boolean>;
  /**
   * Runs the installer; `restored` says whether everything is already there, so that it only has to look. What
   * it cannot do is a failed outcome.
   */
  readonly install: (restored: boolean) => Promise<CheckOutcome>;
}

export interface Installed {
  readonly hit: CacheHit;
  readonly outcome: CheckOutcome;
}

/**
 * Installs with whatever the cache has. A damaged or half cache is thrown away and everything made anew; what
 * was made is saved at once, before anything of the project runs.
 */
export async function installDependencies(
  plan: Installation,
  cache: Cache | undefined,
  log: Pick<Log, "info" | "warning">,
): Promise<Installed> {
  const kept = cache && tolerant(cache, log);
  if (kept !== undefined && (await restoreWhole(plan, kept, log))) {
    if (plan.asksForDownloads === true) await restoreDownloads(plan, await plan.downloads(), kept);
    const outcome = await plan.install(true);
    if (outcome.status !== "failed") return { hit: "exact", outcome };
    log.warning("The installer failed on what the cache held: everything is installed anew");
    await discard(plan.paths);
  }
  const downloads = kept === undefined ? [] : await plan.downloads();
  const found = kept && (await restoreDownloads(plan, downloads, kept));
  const outcome = await plan.install(false);
  if (kept !== undefined && outcome.status !== "failed")
    await saveAll(plan, downloads, kept, found);
  return { hit: found === undefined ? "none" : "partial", outcome };
}

async function restoreWhole(
  plan: Installation,
  cache: Cache,
  log: Pick<Log, "warning">,
): Promise<boolean> {
  // What lies there from another run may be of another lockfile.
  await discard(plan.paths);
  const found = await cache.restore(plan.paths, plan.key, []);
  if (found === plan.key && (await plan.isWhole())) return true;
  if (found !== undefined) log.warning("The cache of the dependencies is damaged and is not used");
  await discard(plan.paths);
  return false;
}

function restoreDownloads(
  { downloadsKey, downloadsPrefix }: Installation,
  downloads: readonly string[],
  cache: Cache,
): Promise<string | undefined> {
  return cache.restore(downloads, downloadsKey, [downloadsPrefix]);
}

async function saveAll(
  { paths, key, downloadsKey }: Installation,
  downloads: readonly string[],
  cache: Cache,
  foundDownloads: string | undefined,
): Promise<void> {
  // Always all of the paths: an entry is found again only by the very list that it was saved with.
  if (await anyThere(paths)) await cache.save(paths, key);
  if (foundDownloads !== downloadsKey && (await anyThere(downloads)))
    await cache.save(downloads, downloadsKey);
}

async function discard(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { recursive: true, force: true });
}

async function anyThere(paths: readonly string[]): Promise<boolean> {
  const found = paths.map((path) =>
    stat(path).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).includes(true);
}

/** A cache that fails costs time, and is no failure of the project. */
function tolerant(cache: Cache, log: Pick<Log, "info">): Cache {
  return {
    restore: (...words) =>
      cache.restore(...words).catch((failure: unknown) => {
        log.info(`the cache could not be read: ${asBelayError(failure).message}`);
        return undefined;
      }),
    save: (...words) =>
      cache.save(...words).catch((failure: unknown) => {
        log.info(`the cache could not be written: ${asBelayError(failure).message}`);
        return false;
      }),
  };
}
