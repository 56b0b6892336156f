import { formatDuration } from "../../kit/duration.js";
import { escapeMarkdown } from "../../kit/escape-markdown.js";
import type { BuildStep } from "../build/progress.js";

/** What a stage of the Dockerfile took. */
export interface StageTime {
  readonly name: string;
  readonly steps: number;
  readonly cached: number;
  readonly ms: number;
}

/** The stages in the order in which they began, and what came after them, by BuildKit's own times. */
export function stageTimes(steps: readonly BuildStep[]): readonly StageTime[] {
  const stages = Map.groupBy(
    steps.filter(({ started, name }) => started !== undefined && !name.startsWith("[auth]")),
    ({ name }) => stageOf(name),
  );
  return Array.from(stages, ([name, own]) => ({
    name,
    steps: own.length,
    cached: own.filter(({ cached }) => cached).length,
    ms: own.reduce((sum, { started = 0, completed = started }) => sum + completed - started, 0),
  }));
}

/** How many of the Dockerfile's instructions came from the cache. */
export function cacheHits(steps: readonly BuildStep[]): {
  readonly cached: number;
  readonly all: number;
} {
  const own = steps.filter(({ name, started }) => isOwn(name) && started !== undefined);
  return { cached: own.filter(({ cached }) => cached).length, all: own.length };
}

/** Of `[linux/arm64 app 2/5] RUN npm ci` it is `linux/arm64 app`. */
function stageOf(name: string): string {
  if (isOwn(name)) return /^\[(.*?)\s*\d+\/\d+\]/.exec(name)?.[1] || "the only stage";
  if (name.startsWith("[internal]")) return "context and definition";
  return /^(?:exporting|importing|pushing)\b[^:]*/.exec(name)?.[0] ?? "other";
}

function isOwn(name: string): boolean {
  return /^\[[^\]]*\d+\/\d+\] /.test(name);
}

export function stageTable(steps: readonly BuildStep[]): string {
  const stages = stageTimes(steps);
  if (stages.length === 0) return "";
  const rows = stages.map(
    ({ name, steps: count, cached, ms }) =>
      `| ${escapeMarkdown(name)} | ${String(count)} | ${String(cached)} | ${formatDuration(ms)} |`,
  );
  return [
    "#### Time per stage",
    "",
    "| Stage | Steps | From cache | Took |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}
