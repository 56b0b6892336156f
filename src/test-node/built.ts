import { readFile, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Check } from "../checks/check.js";
import type { Platform } from "../checks/platform.js";
import { escapeMarkdown } from "../kit/escape-markdown.js";
import { memberAt, parseJson } from "../kit/json.js";
import { formatSize } from "../kit/size.js";
import type { Cache } from "../ports/cache.js";
import { type BuildSizes, buildSizes, sizesTable } from "./build-sizes.js";
import type { Site } from "./site.js";

/** The check of a build, which also measures what it made. */
export function withSizes(check: Check, { project, built }: Site): Check {
  return {
    name: check.name,
    run: async (signal, print) => {
      const outcome = await check.run(signal, print);
      if (outcome.status !== "passed") return outcome;
      const sizes = await buildSizes(project.folder);
      const bytes = Object.values(sizes).reduce((sum, size) => sum + size, 0);
      if (bytes === 0) return outcome;
      built.set(check.name, sizes);
      const made = `${Object.keys(sizes).length} bundles, ${formatSize(bytes)}`;
      return { ...outcome, reason: outcome.reason === "" ? made : `${outcome.reason}; ${made}` };
    },
  };
}

interface Run {
  readonly built: ReadonlyMap<string, BuildSizes>;
  readonly platform: Platform;
  readonly cache: Cache | undefined;
}

const mostRows = 30;

/** What the builds made as parts of the summary, against the previous run of the branch; keeps it for the next one. */
export async function builtSections(run: Run): Promise<{ readonly sections?: readonly string[] }> {
  const { built, platform, cache } = run;
  if (built.size === 0) return {};
  const before = cache && (await previousSizes(platform, cache));
  const sections = [...built].map(([name, sizes]) => {
    const lines = sizesTable(sizes, memberAt(before, name) as BuildSizes | undefined);
    for (const line of lines.slice(0, mostRows)) platform.log.info(`${name}: ${line}`);
    return sectionOf(name, lines);
  });
  if (cache !== undefined) await keep(Object.fromEntries(built), platform, cache);
  return { sections };
}

function sectionOf(name: string, lines: readonly string[]): string {
  const shown = lines.slice(0, mostRows).map((line) => `- ${escapeMarkdown(line)}`);
  const more = lines.length - shown.length;
  const rest = more > 0 ? [`- and ${more} smaller ones`] : [];
  return [`#### Bundles of ${escapeMarkdown(name)}`, "", ...shown, ...rest].join("\n");
}

function placeOf({ temp, machine, run }: Platform): {
  readonly path: string;
  readonly prefix: string;
} {
  const branch = createHash("sha256").update(run.refName).digest("hex").slice(0, 16);
  return { path: join(temp, "belay-bundles.json"), prefix: `belay-bundles-${machine}-${branch}-` };
}

async function previousSizes(platform: Platform, cache: Cache): Promise<unknown> {
  const { path, prefix } = placeOf(platform);
  await rm(path, { force: true });
  const found = await cache
    .restore([path], `${prefix}${platform.run.id}`, [prefix])
    .catch(() => undefined);
  return found === undefined ? undefined : parseJson(await readFile(path, "utf8").catch(() => ""));
}

async function keep(sizes: unknown, platform: Platform, cache: Cache): Promise<void> {
  const { path, prefix } = placeOf(platform);
  await writeFile(path, JSON.stringify(sizes), { mode: 0o600 });
  await cache
    .save([path], `${prefix}${platform.run.id}-${platform.clock.now()}`)
    .catch(() => false);
}
