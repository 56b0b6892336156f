import type { Call } from "./call.js";
import type { Exchange, Reply } from "./caller.js";
import type { Line } from "./line.js";
import { Lines } from "./lines.js";
import { onLiveLine } from "./reconnect.js";
import { breakingSilence } from "./silence.js";

/** A line whose calls may also have to be made when the job is cancelled. */
export type LiveLine = Omit<Line, "signal"> & { readonly signal?: AbortSignal };

/** One try of a call; each new connection gets its own, so that it can say where the last one broke off. */
export interface Attempt extends Omit<Exchange, "signal"> {
  readonly call: Call;
}

/**
 * Makes a call to its end over as many connections as it takes, prints its output line by line, and a sign of
 * life where there is none for 30 s. `name` is what people call it.
 */
export async function liveCall(
  name: string,
  line: LiveLine,
  nextAttempt: () => Attempt,
): Promise<Reply> {
  const { caller, clock, log, signal } = line;
  const lines = new Lines((text) => log.output(`${text}\n`));
  try {
    return await breakingSilence(name, clock, log, (heard) =>
      onLiveLine(line, (alive) => {
        const { call, onOutput, onRecord, ...exchange } = nextAttempt();
        return caller.call(call, {
          ...exchange,
          ...(signal && { signal }),
          onOutput: (bytes) => {
            alive();
            heard();
            lines.add(bytes);
            onOutput?.(bytes);
          },
          onRecord: (record) => {
            alive();
            heard();
            onRecord?.(record);
          },
        });
      }),
    );
  } finally {
    lines.end();
  }
}

/** Standard input that is one text. */
export function sending(bytes: Uint8Array): Pick<Exchange, "send"> {
  return { send: (channel) => channel.write(bytes) };
}
