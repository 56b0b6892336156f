import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../ports/clock.js";

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (failure) {
      // Node rejects with an error of its own; the port promises the signal's reason.
      signal?.throwIfAborted();
      throw failure;
    }
  },
};
