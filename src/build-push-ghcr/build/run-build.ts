import { readFile } from "node:fs/promises";
import { build, type BuildRequest } from "../../commands/buildx.js";
import { BelayError, cancelled } from "../../kit/errors.js";
import { parseJson, textAt } from "../../kit/json.js";
import type { Clock } from "../../ports/clock.js";
import type { Log } from "../../ports/log.js";
import type { Processes } from "../../ports/processes.js";
import type { ImageName } from "../image-name.js";
import { buildFailure, type BuildFailure } from "./failure.js";
import { BuildProgress, type BuildStep, type BuildWarning } from "./progress.js";

/** A build that has come to a good end. */
export interface Built {
  readonly digest: string;
  /** All that buildx notes of it. */
  readonly metadata: unknown;
  readonly steps: readonly BuildStep[];
  readonly warnings: readonly BuildWarning[];
}

export interface BuildPlace {
  readonly processes: Processes;
  /** The words that start buildx. */
  readonly buildx: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly image: ImageName;
  readonly username: string;
  /** The Dockerfile, from the root of the repository. */
  readonly file: string;
}

/** A line comes at least this often, so that nobody takes a long step for a hanging one. */
const longestSilenceMs = 30_000;

/** Runs buildx once; tells how it ended instead of throwing, unless the job was cancelled. */
export async function runBuild(
  request: BuildRequest,
  place: BuildPlace,
): Promise<Built | BuildFailure> {
  const { processes, buildx, log, signal, cwd, env, image, username, file } = place;
  let heardAt = place.clock.monotonic();
  const progress = new BuildProgress((text) => {
    heardAt = place.clock.monotonic();
    log.output(text);
  });
  const stop = keepTelling(place, () => heardAt, progress);
  const onStderr = (text: string): void => progress.feed(text);
  const { code } = await processes
    .run([...buildx, ...build(request)], { cwd, signal, env, onStderr, onStdout: () => undefined })
    .finally(stop);
  if (signal.aborted) throw cancelled();
  const { steps, warnings, words } = progress;
  if (code === 0) return { ...(await readMetadata(request.metadataFile)), steps, warnings };
  if (words.trim() !== "") log.output(`${words.trim()}\n`);
  const secretIds = request.secrets.map(({ id }) => id);
  return buildFailure({ steps, words, image, username, file, secretIds });
}

async function readMetadata(file: string): Promise<Pick<Built, "digest" | "metadata">> {
  const metadata = parseJson(await readFile(file, "utf8").catch(() => ""));
  const digest = textAt(metadata, "containerimage.digest");
  if (digest !== "") return { digest, metadata };
  const remedy = "Update buildx (0.13 or newer) or the builder's BuildKit.";
  throw new BelayError("tool-too-old", "buildx does not tell the digest of what it built", remedy);
}

/** Names what still runs when nothing has been heard for long; returns how to end that. */
function keepTelling(
  { clock, log }: BuildPlace,
  heardAt: () => number,
  progress: BuildProgress,
): () => void {
  const end = new AbortController();
  let told = heardAt();
  const loop = async (): Promise<void> => {
    for (;;) {
      const silentSince = Math.max(told, heardAt());
      await clock.sleep(silentSince + longestSilenceMs - clock.monotonic(), end.signal);
      if (clock.monotonic() - Math.max(told, heardAt()) < longestSilenceMs) continue;
      told = clock.monotonic();
      const running = progress.steps.findLast(
        ({ started, completed }) => started !== undefined && completed === undefined,
      );
      log.info(`build: still at work${running === undefined ? "" : `: ${running.name}`}`);
    }
  };
  loop().catch(() => undefined);
  return () => end.abort();
}
