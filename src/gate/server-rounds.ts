import { BelayError } from "../kit/errors.js";
import type { Clock } from "../ports/clock.js";
import type { RemoteHost } from "../ports/remote-host.js";
import type { Finding, ServerCheck } from "./check.js";
import { excerpt } from "./excerpt.js";
import type { AttemptLimits } from "./http-check.js";
import { ServerMemory } from "./server-checks/memory.js";
import { type CheckFinding, RoundReader } from "./server-checks/round-reader.js";
import { serverScript } from "./server-checks/script.js";

/** How long a round waits for further checks that are due, so that they share its round trip. */
const gatherMs = 10;
/** The server keeps the time of each check itself; this is for an answer that is under way. */
const graceMs = 2000;

interface Asked {
  readonly check: ServerCheck;
  readonly answer: (finding: Finding) => void;
  readonly fail: (reason: Error) => void;
  readonly signal: AbortSignal | undefined;
}

/** Asks the checks of one gate on its server: all that are due at a time in one command of one connection. */
export class ServerRounds {
  readonly #host: RemoteHost;
  readonly #clock: Clock;
  readonly #memory = new ServerMemory();
  #gathering: Asked[] | undefined;

  constructor(host: RemoteHost, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** Asks once, in the next round; rejects only when the signal aborts. */
  ask(check: ServerCheck, { timeoutMs, signal }: AttemptLimits): Promise<Finding> {
    const limited = { ...check, attemptTimeoutMs: timeoutMs };
    return new Promise((answer, fail) => {
      // An abort that is over is not told to listeners.
      signal?.throwIfAborted();
      const asked = { check: limited, answer, fail, signal };
      signal?.addEventListener("abort", () => fail(signal.reason as Error), { once: true });
      if (this.#gathering !== undefined) this.#gathering.push(asked);
      else void this.#round((this.#gathering = [asked]));
    });
  }

  async #round(asked: readonly Asked[]): Promise<void> {
    await this.#clock.sleep(gatherMs);
    this.#gathering = undefined;
    const wanted = asked.filter(({ signal }) => signal?.aborted !== true);
    if (wanted.length === 0) return;
    const reader = new RoundReader(
      wanted.map(({ check }) => check),
      this.#memory,
    );
    const tell = (findings: readonly CheckFinding[]): void => {
      for (const { check, finding } of findings)
        wanted.find((one) => one.check === check)?.answer(finding);
    };
    const startedAt = this.#clock.monotonic();
    try {
      await this.#inTime(wanted, (over) => this.#converse(wanted, reader, tell, over));
      tell(reader.end());
    } catch (failure) {
      const tookMs = this.#clock.monotonic() - startedAt;
      for (const { answer } of wanted) answer({ ...unreached(failure), tookMs });
    }
  }

  /** Ends `body` when the round takes longer than any of its checks may, or when nobody waits for it any more. */
  async #inTime(
    asked: readonly Asked[],
    body: (over: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const over = new AbortController();
    const limitMs = Math.max(...asked.map(({ check }) => check.attemptTimeoutMs)) + graceMs;
    const late = this.#clock.sleep(limitMs, over.signal).then(
      () => {
        throw new Error("the server did not answer in time");
      },
      () => undefined,
    );
    const unwanted = Promise.all(asked.map(({ signal }) => aborted(signal)));
    try {
      await Promise.race([late, unwanted, body(over.signal)]);
    } finally {
      over.abort();
    }
  }

  async #converse(
    asked: readonly Asked[],
    reader: RoundReader,
    tell: (findings: readonly CheckFinding[]) => void,
    over: AbortSignal,
  ): Promise<void> {
    await this.#host.connect();
    const channel = await this.#host.start("sh -s");
    const script = serverScript(
      asked.map(({ check }) => check),
      this.#memory,
    );
    // What ended before it read everything says so by its answers.
    const ignore = (): undefined => undefined;
    channel.exit.catch(ignore);
    void channel
      .write(Buffer.from(script))
      .catch(ignore)
      .finally(() => channel.end());
    // Leaving the loop hangs up on what still runs.
    for await (const bytes of untilAborted(channel.output, over)) tell(reader.add(bytes));
  }
}

async function* untilAborted(
  stream: AsyncIterable<Uint8Array>,
  over: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const source = stream[Symbol.asyncIterator]();
  const end = aborted(over).then(() => ({ done: true, value: undefined }) as const);
  try {
    for (;;) {
      const next = await Promise.race([source.next(), end]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    void source.return?.().catch(() => undefined);
  }
}

/** Resolves when the signal aborts; never without one. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

function unreached(failure: unknown): Omit<Finding, "tookMs"> {
  const message = failure instanceof Error ? failure.message : String(failure);
  return {
    state: "unhealthy",
    reason: excerpt(message, 200),
    ...(failure instanceof BelayError && { remedy: failure.remedy }),
  };
}
