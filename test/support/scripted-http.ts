import type { Clock } from "../../src/ports/clock.js";
import type { Http, HttpRequest, HttpResponse } from "../../src/ports/http.js";

/** What an app answers at a moment: a status, a whole answer, or the reason why none came. */
export type Answer = number | Error | Partial<HttpResponse>;

export interface Script {
  /** The answer to the `attempt`th request (from 1), begun at `atMs`. */
  readonly answer: (atMs: number, attempt: number) => Answer;
  /** How long the answer takes; longer than the request's own limit is a timeout. Default 10 ms. */
  readonly tookMs?: (atMs: number) => number;
}

/** An app behind our port that answers by script, in the time of `clock`; keeps all requests. */
export function scriptedHttp(
  clock: Clock,
  script: Script,
): Http & { readonly requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const request = async (asked: HttpRequest): Promise<HttpResponse> => {
    requests.push(asked);
    const atMs = clock.monotonic();
    const answer = script.answer(atMs, requests.length);
    const tookMs = script.tookMs?.(atMs) ?? 10;
    await clock.sleep(Math.min(tookMs, asked.timeoutMs), asked.signal);
    if (tookMs > asked.timeoutMs) throw new Error(`no answer within ${asked.timeoutMs} ms`);
    if (answer instanceof Error) throw answer;
    const given = typeof answer === "number" ? { status: answer } : answer;
    return { status: 200, headers: {}, body: "", ...given };
  };
  return { request, requests };
}
