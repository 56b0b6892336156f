import { BelayError, type ErrorPlace } from "../../kit/errors.js";
import { oneLine } from "../../kit/one-line.js";
import type { ImageName } from "../image-name.js";
import { mayPass, refusal } from "../registry/refusal.js";
import type { BuildStep } from "./progress.js";

/** What is known of a build that failed. */
export interface FailedBuild {
  readonly steps: readonly BuildStep[];
  /** What buildx said besides. */
  readonly words: string;
  readonly image: ImageName;
  readonly username: string;
  /** The Dockerfile, from the root of the repository. */
  readonly file: string;
  readonly secretIds: readonly string[];
}

/** Why a build failed, and whether the same may work the next time. */
export interface BuildFailure {
  readonly error: BelayError;
  /** `push`: the image is built, and may be pushed again; `cache`: it may be built without. */
  readonly mends: "push" | "cache" | undefined;
  /** The last lines of the step that failed. */
  readonly lastLines: readonly string[];
}

/** Reads from buildx's words why it failed: it has one exit code for everything. */
export function buildFailure(build: FailedBuild): BuildFailure {
  const step = build.steps.findLast(({ error }) => error !== "");
  const reason = reasonOf(build.words) || (step?.error ?? "");
  const lastLines = step?.lastLines ?? [];
  if (isOfCache(step?.name ?? "", reason))
    return { error: plain(`the cache failed: ${oneLine(reason, 300)}`), mends: "cache", lastLines };
  // A layer that is fetched late, and is not what its digest says: most often a cache's. Built without, it is made anew.
  if (reason.includes("unexpected commit digest"))
    return { error: dockerfileFailure(build, step, reason), mends: "cache", lastLines };
  if (/failed to push|pushing (?:layers|manifest)/.test(reason)) return pushFailure(build, reason);
  return { error: dockerfileFailure(build, step, reason), mends: undefined, lastLines };
}

/**
 * One line for each step that failed in a build that is good all the same: the next one starts from less. A step that
 * was canceled is none: another build that shares the builder has taken it over.
 */
export function ignoredFailures(steps: readonly BuildStep[]): readonly string[] {
  return steps
    .filter(({ error }) => error !== "" && !/\bcontext canceled$/.test(error))
    .map(({ name, error }) => `${name}: ${oneLine(error, 300)}`);
}

function reasonOf(words: string): string {
  const found = /^ERROR: ([^]*)$/m.exec(words)?.[1] ?? "";
  return found.replace(/^(?:failed to (?:build|solve): )+/, "").trim();
}

function isOfCache(step: string, reason: string): boolean {
  return (
    /^(?:importing cache|exporting (?:cache|to .*cache)|preparing build cache)/i.test(step) ||
    /cache (?:exporter|importer)|failed to (?:export|import) cache/.test(reason)
  );
}

function pushFailure({ image, username }: FailedBuild, reason: string): BuildFailure {
  const status = statusOf(reason);
  const asked = `take the image ${image.repository}`;
  if (status !== undefined) {
    const error = refusal({ status, body: "", image, asked, username });
    return { error, mends: mayPass(status) ? "push" : undefined, lastLines: [] };
  }
  const why = oneLine(reason.replace(/^failed to push \S+: /, ""), 300);
  const message = `${image.registry} did not take the image: ${why}`;
  const remedy = `Check whether ${image.registry} works, and run the job again.`;
  return {
    error: new BelayError("host-unreachable", message, remedy),
    mends: "push",
    lastLines: [],
  };
}

/** The registry's answer: as a number, or in the words of the protocol. */
function statusOf(reason: string): number | undefined {
  const told = /unexpected status[^]*?: (\d{3})\b/.exec(reason)?.[1];
  if (told !== undefined) return Number(told);
  if (/insufficient_scope|authorization failed|denied/i.test(reason)) return 403;
  if (/unauthorized|authentication required/i.test(reason)) return 401;
  if (/toomanyrequests/i.test(reason)) return 429;
  return undefined;
}

function dockerfileFailure(
  { words, file, secretIds }: FailedBuild,
  step: BuildStep | undefined,
  reason: string,
): BelayError {
  const line = Number(/^\S.*:(\d+)\n-{10}/m.exec(words)?.[1] ?? 0);
  const place: ErrorPlace | undefined = line > 0 ? { file, line } : undefined;
  const where = place === undefined ? "" : `${file}:${String(line)}: `;
  const what = step === undefined ? "" : `${oneLine(step.name, 160)}: `;
  const said = (step?.lastLines ?? []).filter((one) => !isNotice.test(one));
  const last = oneLine(said.slice(-3).join(" | "), 300);
  const telling = (step?.lastLines ?? []).findLast((line) => saysMore.test(line)) ?? reason;
  const { short, remedy } = explain(telling, secretIds);
  const message = `${where}${what}${short}${last && `: ${last}`}`;
  const code = noSpace.test(telling) ? "disk-full" : "build-failed";
  return new BelayError(code, message, remedy, place === undefined ? {} : { place });
}

/** What npm says after each end, good or bad. */
const isNotice = /^npm (?:notice|warn)\b/;
const noSpace = /no space left on device/i;
/** What the program of a step prints, or runc in its place, says more than its exit code. */
const saysMore = /exec format error|no space left on device/i;

interface Explanation {
  readonly short: string;
  readonly remedy: string;
}

/** The first pattern that fits says what a reason means. */
const explanations: readonly (readonly [
  RegExp,
  (match: RegExpExecArray, secretIds: readonly string[]) => Explanation,
])[] = [
  [
    noSpace,
    ({ input }) => ({
      short: `no space is left: ${oneLine(input, 200)}`,
      remedy:
        "Free some on the machine that this path lies on (a builder's: `docker builder prune`), or leave less in the image.",
    }),
  ],
  [
    /exec format error/,
    () => ({
      short: "the builder cannot run programs of this platform",
      remedy:
        "Use docker/setup-qemu-action before this step, or build with `FROM --platform=$BUILDPLATFORM` and cross-compile.",
    }),
  ],
  [
    /secret (\S+?): not found/,
    ([, id = ""], ids) => ({
      short: `the secret \`${id}\` is not there`,
      remedy: `Add a line \`${id}=…\` to \`secrets\`; ${ids.length === 0 ? "none is given" : `given: ${ids.join(", ")}`}.`,
    }),
  ],
  [
    /did not complete successfully: exit code: (\d+)/,
    ([, code = ""]) => ({
      short: `ended with exit code ${code}`,
      remedy: "Mend what the line says; all that the step printed stands in the log.",
    }),
  ],
  [
    /dockerfile parse error[^:]*: (.*)|(unknown instruction.*)/,
    ([, why = "", other = ""]) => ({
      short: `the Dockerfile is wrong: ${oneLine(why || other, 200)}`,
      remedy: "Mend the line.",
    }),
  ],
  [
    /"(\/[^"]*)": not found/,
    ([, path = ""]) => ({
      short: `${path} is not in the build context`,
      remedy: "Check `context`, the path in the Dockerfile, and .dockerignore.",
    }),
  ],
  [
    /failed to resolve source metadata for (\S+): (.*)/,
    ([, image = "", why = ""]) => ({
      short: `the image ${image} cannot be had: ${oneLine(why, 200)}`,
      remedy:
        "Check its name; a private one needs a login before this step (docker/login-action), a busy registry another try.",
    }),
  ],
  [
    /target stage "?([^"\s]+)"? could not be found/,
    ([, stage = ""]) => ({
      short: `the Dockerfile has no stage \`${stage}\``,
      remedy: "Correct `target`.",
    }),
  ],
];

function explain(reason: string, secretIds: readonly string[]): Explanation {
  for (const [pattern, tell] of explanations) {
    const match = pattern.exec(reason);
    if (match !== null) return tell(match, secretIds);
  }
  const short = oneLine(reason, 300) || "buildx failed without a word";
  return { short, remedy: "All that buildx said stands in the log." };
}

function plain(message: string): BelayError {
  return new BelayError("build-failed", message, "Set `cache: off` until the cache works.");
}
