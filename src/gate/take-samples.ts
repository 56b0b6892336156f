import { type Failed, gateFailed } from "./gate-errors.js";
import type { GateInputs } from "./gate-inputs.js";
import type { Narrator } from "./narrator.js";
import { type Asking, pauseAfter, sample } from "./sample.js";
import { sideBySide } from "./side-by-side.js";
import type { Watch } from "./watch.js";
import { observationProblem } from "./window.js";

/**
 * Asks each `http` and `tcp` check `samples` times, and what is asked on the server once. Throws `gate-failed` with every check that is unhealthy: its last attempts all
 * failed, or its window is not good enough (see `windowProblem`).
 */
export async function takeSamples(
  gate: GateInputs,
  samples: number,
  watches: readonly Watch[],
  asking: Asking,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const end = asking.clock.monotonic() + gate.timeoutMs;
  const left = (): number => end - asking.clock.monotonic();
  for (const watch of watches) watch.beginObservation();
  narrator.say(`looking at ${String(watches.length)} checks`);
  await narrator.during(
    () =>
      `still looking: ${String(watches.filter((watch) => !isDone(watch, samples)).length)} to go`,
    () =>
      sideBySide(watches, signal, async (watch, ended) => {
        do {
          const last = await sample(watch.check, asking, ended, Math.max(1, left()));
          watch.observed(last);
          if (isDone(watch, samples)) return;
          await pauseAfter(watch.check, last, left(), asking.clock, ended);
        } while (left() > 0);
      }),
  );
  const bad = watches.flatMap((watch) => problem(watch, gate));
  if (bad.length > 0) throw gateFailed(bad);
}

function isDone({ check, observation }: Watch, samples: number): boolean {
  if (check.kind === "http" || check.kind === "tcp") return observation.length >= samples;
  return observation.length >= 1;
}

function problem(watch: Watch, gate: GateInputs): Failed[] {
  const how = observationProblem(watch, gate);
  return how === undefined ? [] : [{ watch, how }];
}
