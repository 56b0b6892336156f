import { annotate } from "../kit/annotate.js";
import { formatDuration } from "../kit/duration.js";
import { BelayError } from "../kit/errors.js";
import { escapeMarkdown } from "../kit/escape-markdown.js";
import { redactor } from "../kit/redact.js";
import { type Report, type ReportFact, reportJson } from "../kit/report.js";
import { formatSize } from "../kit/size.js";
import { summaryMarkdown } from "../kit/summary.js";
import type { Timeline } from "../kit/timeline.js";
import type { Course } from "./course.js";
import { outputsOf, type Status } from "./outputs.js";
import type { Platform } from "./platform.js";
import { layerTable } from "./summary/layers.js";
import { delta, largest, sizeTable } from "./summary/sizes.js";
import { cacheHits, stageTable } from "./summary/stages.js";
import { vulnerabilityTables } from "./summary/vulnerabilities.js";

export const actionName = "build-push-ghcr";

/** When a run began, by both clocks. */
export interface Start {
  readonly now: number;
  readonly monotonic: number;
}

/** Tells how a run ended, everywhere: annotations, outputs, summary, exit code, and the verdict as the last line. */
export async function report(
  course: Course,
  failure: BelayError | undefined,
  timeline: Timeline,
  platform: Platform,
  { start, summary }: { readonly start: Start; readonly summary: boolean },
): Promise<void> {
  const { log, clock } = platform;
  // What a build prints is nobody's to trust: it may hold what it was given.
  const hide = hiding(course.secrets);
  const error = failure && redacted(failure, hide);
  const durationMs = Math.round(clock.monotonic() - start.monotonic);
  const whole = reportOf(course, error, timeline, start);
  if (error !== undefined) annotate(error, log);
  const status = whole.status as Status;
  const always = { status, "duration-ms": String(durationMs), report: hide(reportJson(whole)) };
  for (const [name, value] of Object.entries({ ...outputsOf(course, status), ...always }))
    platform.setOutput(name, value);
  if (summary) await platform.addSummary(hide(summaryMarkdown(whole, moreOf(course))));
  if (error !== undefined) platform.fail();
  log.info(`${whole.status}: ${whole.title} (${formatDuration(durationMs)})`);
}

/** Hiding what is shorter would garble every text. */
const shortestSecret = 4;

function hiding(secrets: readonly string[]): (text: string) => string {
  const lines = secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]);
  return redactor(
    lines.map((line) => line.trim()).filter(({ length }) => length >= shortestSecret),
  );
}

function redacted(error: BelayError, hide: (text: string) => string): BelayError {
  const { code, message, remedy, place, cause, also } = error;
  return new BelayError(code, hide(message), hide(remedy), {
    ...(place !== undefined && { place }),
    ...{ cause, also: also.map((one) => redacted(one, hide)) },
  });
}

function reportOf(
  course: Course,
  error: BelayError | undefined,
  timeline: Timeline,
  start: Start,
): Report {
  const status: Status =
    error !== undefined ? "failed" : course.plan?.push === true ? "pushed" : "built";
  return {
    version: 1,
    action: actionName,
    status,
    title: error?.message ?? verdict(course),
    startedAt: new Date(start.now).toISOString(),
    facts: factsOf(course, status),
    steps: timeline.steps(),
    ...(error && { error: { code: error.code, message: error.message, remedy: error.remedy } }),
  };
}

function verdict({ plan, built, images = [], tagged }: Course): string {
  const size = largest(images);
  const large = size === undefined ? "" : `, ${formatSize(size.unpacked)} unpacked`;
  const tags = (tagged?.on ?? []).filter((tag) => !tag.startsWith("sha-"));
  const named = tags.length === 0 ? "" : ` as ${tags.join(", ")}`;
  return `${plan?.image.name ?? ""}@${built?.digest.slice(0, 19) ?? ""}…${named}${large}`;
}

function factsOf(course: Course, status: Status): readonly ReportFact[] {
  const { plan, built, images = [], maxSize, before, tagged } = course;
  const facts: ReportFact[] = [];
  const add = (name: string, value: string): void => void facts.push({ name, value });
  if (plan !== undefined) add("image", plan.image.name);
  if (built !== undefined) add("digest", built.digest);
  if (tagged !== undefined) add("tags", tagged.on.join(", ") || "none");
  for (const [name, why] of tagged?.skipped ?? []) add(`tag ${name}`, why);
  const size = largest(images);
  if (size !== undefined) {
    const old = before?.images.find(({ platform }) => platform === size.platform);
    const limit = maxSize === undefined ? "" : `, at most ${formatSize(maxSize)}`;
    const change = delta(size.unpacked, old?.unpacked);
    add("size", `${formatSize(size.unpacked)} unpacked${change}${limit}`);
  }
  if (built !== undefined) {
    const { cached, all } = cacheHits(built.steps);
    add("from cache", `${String(cached)} of ${String(all)} steps`);
  }
  if (status === "built") add("pushed", "no");
  return facts;
}

function moreOf(course: Course): readonly string[] {
  const { plan, built, tagged, scans = [], lastLines = [] } = course;
  const isOn = (tagged?.on.length ?? 0) > 0 && plan !== undefined && built !== undefined;
  return [
    isOn ? `\`\`\`sh\ndocker pull ${plan.image.name}@${built.digest}\n\`\`\`` : "",
    lastLines.length === 0 ? "" : lastLinesBlock(lastLines),
    sizeTable(course),
    layerTable(course),
    vulnerabilityTables(scans),
    built === undefined ? "" : stageTable(built.steps),
  ];
}

function lastLinesBlock(lines: readonly string[]): string {
  const shown = lines.map((line) => escapeMarkdown(line.slice(0, 500)));
  return `**The last lines of the step**\n\n<pre>${shown.join("\n")}</pre>`;
}
