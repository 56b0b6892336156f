import type { Clock } from "../ports/clock.js";
import type { Log } from "../ports/log.js";
import { formatDuration } from "../kit/duration.js";

const longestSilenceMs = 30_000;

/** Runs `body` and prints a line whenever nothing was heard for 30 s; `body` calls `heard` for all it hears. */
export async function breakingSilence<T>(
  what: string,
  clock: Clock,
  log: Pick<Log, "info">,
  body: (heard: () => void) => Promise<T>,
): Promise<T> {
  const started = clock.monotonic();
  let last = started;
  const over = new AbortController();
  const watch = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(Math.max(1, longestSilenceMs - (clock.monotonic() - last)), over.signal);
      if (clock.monotonic() - last < longestSilenceMs) continue;
      log.info(`${what}: still at work after ${formatDuration(clock.monotonic() - started)}`);
      last = clock.monotonic();
    }
  };
  void watch().catch(() => undefined);
  try {
    return await body(() => (last = clock.monotonic()));
  } finally {
    over.abort();
  }
}
