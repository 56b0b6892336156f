import { type Ending, readEnding } from "./ending.js";
import { onLiveLine } from "./reconnect.js";
import type { Line } from "./line.js";

const shortestBeatMs = 250;
const longestBeatMs = 5_000;

/** How often the runner tells that it lives: four times in `confirmTimeoutMs`, at least every 5 s. */
export function beatInterval(confirmTimeoutMs: number): number {
  return Math.max(shortestBeatMs, Math.min(longestBeatMs, confirmTimeoutMs / 4));
}

/**
 * Sends the beats of one operation on a channel of its own, in the background, over as many connections as
 * it takes. When the server says that it has ended the operation, `onLate` is told, once.
 */
export class Attendance {
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;

  constructor(line: Line, token: string, intervalMs: number, onLate: (ending: Ending) => void) {
    this.#ended = this.#attend(line, token, intervalMs, onLate).catch((failure: unknown) => {
      // The call that does the work meets the same trouble and reports it.
      if (!this.#over.signal.aborted) line.log.debug(`beats ended: ${String(failure)}`);
    });
  }

  /** Ends the beats; resolves when the channel is left. */
  async stop(): Promise<void> {
    this.#over.abort(new Error("the operation is over"));
    await this.#ended;
  }

  async #attend(
    line: Line,
    token: string,
    intervalMs: number,
    onLate: (ending: Ending) => void,
  ): Promise<void> {
    const signal = this.#over.signal;
    const reply = await onLiveLine({ ...line, signal }, (alive) =>
      line.caller.call(["attend", token], {
        signal,
        onRecord: alive,
        send: async (channel) => {
          for (;;) {
            await channel.write(beat);
            await line.clock.sleep(intervalMs, signal);
          }
        },
      }),
    );
    const ending = readEnding(reply);
    if (ending !== undefined && !signal.aborted) onLate(ending);
  }
}

const beat = Buffer.from("beat\n");
