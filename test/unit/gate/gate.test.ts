import { describe, expect, it } from "vitest";
import { asker } from "../../../src/gate/ask.js";
import { Gate } from "../../../src/gate/gate.js";
import { BelayError } from "../../../src/kit/errors.js";
import { FakeClock } from "../../support/fake-clock.js";
import { gateInputs, healthUrl as url, httpCheck } from "../../support/gate-inputs.js";
import { type Script, scriptedHttp } from "../../support/scripted-http.js";

const refused = new Error("connection refused by 10.0.0.1:443");
const tcp = { touch: () => Promise.resolve() };

interface Wanted {
  readonly expect?: string;
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  readonly successes?: number;
  readonly observeMs?: number;
}

/** Lets the gate wait for a scripted app in fake time; tells how it went. */
async function wait(
  answer: Script["answer"],
  { expect: text, ...more }: Wanted = {},
  tookMs?: Script["tookMs"],
) {
  const clock = new FakeClock();
  const http = scriptedHttp(clock, tookMs ? { answer, tookMs } : { answer });
  const lines: { readonly atMs: number; readonly line: string }[] = [];
  const log = { info: (line: string) => void lines.push({ atMs: clock.monotonic(), line }) };
  const inputs = gateInputs([httpCheck({ expect: text })], more);
  const gate = new Gate(inputs, { ask: asker({ http, tcp, clock }), clock }, log);
  const { signal } = new AbortController();
  const work = gate.open(signal).then(() => gate.observe(signal));
  const [outcome] = await clock.run(Promise.allSettled([work]));
  const failure = outcome.status === "rejected" ? (outcome.reason as unknown) : undefined;
  const result = failure === undefined ? gate.result : undefined;
  return { gate, result, failure, lines, requests: http.requests, tookMs: clock.monotonic() };
}

/** The error of a wait that failed. */
async function failureOf(...args: Parameters<typeof wait>): Promise<BelayError> {
  const { failure } = await wait(...args);
  expect(failure).toBeInstanceOf(BelayError);
  return failure as BelayError;
}

describe("the gate opens", () => {
  it("after the wanted number of healthy answers in a row", async () => {
    const { result } = await wait(() => 200);
    expect(result).toMatchObject({
      status: "healthy",
      attempts: 3,
      timeToHealthyMs: 2010,
      latencyP50Ms: 10,
      latencyP95Ms: 10,
      errorRate: 0,
    });
  });

  it("for every status from 200 to 299", async () => {
    expect((await wait(() => 204)).result?.attempts).toBe(3);
  });

  it("only after a whole new row when a failure came in between", async () => {
    const { result } = await wait((_, attempt) => (attempt === 3 ? 500 : 200));
    expect(result?.attempts).toBe(6);
  });

  it("after a start that refused, then answered 502, then the old version", async () => {
    const { result, lines } = await wait(
      (atMs) => {
        if (atMs < 3000) return refused;
        if (atMs < 6000) return { status: 502, body: "<html>\n <h1>Bad Gateway</h1>" };
        return { body: atMs < 9000 ? "version old" : "version new" };
      },
      { expect: "version new" },
    );
    expect(result).toMatchObject({ attempts: 13, errorRate: 0 });
    expect(lines.map(({ line }) => line)).toEqual([
      "gate: https://app.example/health must be healthy 3 times in a row within 1 min 0 s",
      "gate: connection refused by 10.0.0.1:443",
      "gate: 502 Bad Gateway, last body: <html> <h1>Bad Gateway</h1>",
      'gate: 200, but without the expected text "version new", last body: version old',
      "gate: healthy",
      "gate: open after 11.5 s, 13 attempts",
    ]);
  });

  it("at once, having said so, when there is nothing to ask", async () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const log = { info: (line: string) => void lines.push(line) };
    const ask = () => Promise.reject(new Error("nobody shall ask"));
    const gate = new Gate(gateInputs([]), { ask, clock }, log);
    await clock.run(gate.open(new AbortController().signal));
    expect(gate.result.attempts).toBe(0);
    expect(lines).toEqual(["gate: no health check is given, so nobody asked the app"]);
  });
});

describe("the time", () => {
  it("between probes counts from start to start, however long an answer takes", async () => {
    const { result } = await wait(
      () => 200,
      {},
      () => 700,
    );
    expect(result).toMatchObject({ timeToHealthyMs: 2700, latencyP50Ms: 700 });
  });

  it("of one attempt is 5 s", async () => {
    const { requests } = await wait(() => 200);
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([5000, 5000, 5000]);
  });

  it("of attempts and sleeps is clamped to what is left, so that the wait ends on time", async () => {
    const { requests, tookMs } = await wait(
      () => 200,
      { timeoutMs: 7000 },
      () => 60_000,
    );
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([5000, 2000]);
    expect(tookMs).toBe(7000);
  });

  it("of a sleep never outlasts the timeout", async () => {
    const { tookMs, failure } = await wait(() => 500, { timeoutMs: 3000, intervalMs: 60_000 });
    expect(tookMs).toBe(3000);
    expect(failure).toMatchObject({ code: "gate-timeout" });
  });

  it("never passes silently for more than 30 s", async () => {
    const answer = (atMs: number) => (atMs < 170_000 ? 503 : 200);
    const { lines } = await wait(answer, { timeoutMs: 300_000, intervalMs: 45_000 });
    const gaps = lines.slice(1).map(({ atMs }, index) => atMs - (lines[index]?.atMs ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000);
    expect(lines[2]?.line).toBe(
      "gate: still waiting: 503 Service Unavailable for 30.0 s, the body is empty (4 min 30 s left)",
    );
  });
});

describe("the gate stays shut", () => {
  it("and says the last reason, since when, and the body on one line", async () => {
    const failure = await failureOf(
      (atMs) =>
        atMs < 18_000 ? refused : { status: 502, body: "upstream\r\n\u001b[31mdead\t now" },
      { timeoutMs: 60_000 },
    );
    expect(failure).toMatchObject({ code: "gate-timeout" });
    expect(failure.message).toBe(
      `${url} was not healthy 3 times in a row within 1 min 0 s: 502 Bad Gateway for 42.0 s, last body: upstream [31mdead now`,
    );
  });

  it("and keeps the reason that a last, cut attempt would have hidden", async () => {
    const slowAtTheEnd = (atMs: number) => (atMs > 9500 ? 60_000 : 10);
    const { failure } = await wait(() => 500, { timeoutMs: 10_000, intervalMs: 300 }, slowAtTheEnd);
    expect((failure as BelayError).message).toContain("500 Internal Server Error for 10.0 s");
  });

  it("when the row was not full yet, and says what broke it", async () => {
    const failure = await failureOf((atMs) => (atMs < 9000 ? 503 : 200), { timeoutMs: 11_000 });
    expect(failure.message).toContain(
      "healthy 2 in a row; before that 503 Service Unavailable, the body is empty",
    );
  });

  it("when the last attempt of a row was cut, and says how far it came", async () => {
    const slowAtTheEnd = (atMs: number) => (atMs > 1500 ? 60_000 : 10);
    const { failure } = await wait(() => 200, { timeoutMs: 2500 }, slowAtTheEnd);
    expect((failure as BelayError).message).toMatch(/: healthy 2 in a row$/);
  });

  it("when healthy and failing answers take turns", async () => {
    const failure = await failureOf((_, attempt) => (attempt % 3 === 0 ? 500 : 200));
    expect(failure.code).toBe("gate-timeout");
  });

  it("for the wrong text, however healthy the status", async () => {
    const failure = await failureOf(() => ({ body: "version old" }), { expect: "abc123" });
    expect(failure.message).toContain('200, but without the expected text "abc123" for 1 min 0 s');
  });

  it.each([
    [404, "path of the health address"],
    [302, "redirects are not followed"],
    [401, "without a login"],
    [500, "app's own log"],
    [refused, "listens on this address"],
    [new Error("TLS: certificate expired on 2026-01-01"), "certificate"],
    [new Error("name not found: app.example"), "DNS"],
  ])("on %s, with a remedy for that", async (answer, remedy) => {
    expect((await failureOf(() => answer, { timeoutMs: 3000 })).remedy).toContain(remedy);
  });

  it("and shows at most the beginning of a long body, that cannot command the runner", async () => {
    const body = `##[stop-commands]x ${"é".repeat(5000)}`;
    const { message } = await failureOf(() => ({ status: 500, body }), { timeoutMs: 3000 });
    expect(message).not.toContain("##[");
    expect(message.length).toBeLessThan(400);
  });
});

describe("under observation", () => {
  const observed = { observeMs: 60_000 };

  it("every probe is measured until the time is over", async () => {
    const { result, tookMs } = await wait(() => 200, observed);
    expect(result).toMatchObject({ attempts: 63, errorRate: 0, timeToHealthyMs: 2010 });
    expect(tookMs).toBeGreaterThanOrEqual(62_000);
  });

  it("a short one still asks once more", async () => {
    const { result } = await wait(() => 200, { observeMs: 200 });
    expect(result?.attempts).toBe(4);
  });

  it("a blip is forgiven and counted", async () => {
    const { result } = await wait((_, attempt) => (attempt === 20 ? refused : 200), observed);
    expect(result?.errorRate).toBeCloseTo(1 / 63);
  });

  it("a row of failures ends it at once", async () => {
    const { failure, tookMs } = await wait((_, attempt) => (attempt > 10 ? 500 : 200), observed);
    expect(failure).toMatchObject({
      code: "gate-failed",
      message: `${url} was healthy, then failed 3 times in a row under observation: 500 Internal Server Error, the body is empty`,
    });
    expect(tookMs).toBeLessThan(15_000);
  });

  it("one that flaps is not confirmed", async () => {
    const failure = await failureOf(
      (_, attempt) => (attempt > 3 && attempt % 5 === 0 ? 503 : 200),
      observed,
    );
    expect(failure.code).toBe("gate-failed");
    expect(failure.message).toContain("then failed in 12 of 60 probes under observation");
  });

  it("it does not end on a failure: the next answers decide, for good", async () => {
    const { result } = await wait(
      (_, attempt) => (attempt >= 63 && attempt < 65 ? 500 : 200),
      observed,
    );
    expect(result?.attempts).toBe(65);
  });

  it("it does not end on a failure: the next answers decide, for bad", async () => {
    const failure = await failureOf((_, attempt) => (attempt >= 63 ? 500 : 200), observed);
    expect(failure.code).toBe("gate-failed");
  });

  it("a slow healthy answer at the end is not cut into a failure", async () => {
    const { result } = await wait(
      () => 200,
      { observeMs: 10_000 },
      () => 4000,
    );
    expect(result?.errorRate).toBe(0);
  });

  it("with one success asked for, the first failure is enough", async () => {
    const failure = await failureOf((_, attempt) => (attempt === 5 ? 500 : 200), {
      ...observed,
      successes: 1,
    });
    expect(failure.message).toContain("was healthy, then failed under observation");
  });

  it("people hear of it at least every 30 s", async () => {
    const { lines } = await wait(() => 200, observed);
    expect(lines.at(-2)?.line).toMatch(
      /^gate: still observing: 0 of \d+ failed \(\d+\.\d s left\)$/,
    );
  });
});

describe("a cancellation", () => {
  async function cancelled(reason: unknown, during: "request" | "sleep"): Promise<unknown> {
    const clock = new FakeClock();
    const cancel = new AbortController();
    const slow = { answer: () => 500, tookMs: () => (during === "request" ? 4000 : 10) };
    const http = scriptedHttp(clock, slow);
    const inputs = gateInputs([httpCheck()], { intervalMs: 20_000 });
    const asking = { ask: asker({ http, tcp, clock }), clock };
    const gate = new Gate(inputs, asking, { info: () => undefined });
    const work = gate.open(cancel.signal);
    void clock.sleep(2000).then(() => cancel.abort(reason));
    const [outcome] = await clock.run(Promise.allSettled([work]));
    expect(clock.monotonic()).toBe(2000);
    return outcome.status === "rejected" ? outcome.reason : undefined;
  }

  it.each(["request", "sleep"] as const)(
    "ends the wait at once, in the middle of a %s",
    async (during) => {
      expect(await cancelled(new Error("SIGINT"), during)).toMatchObject({
        name: "BelayError",
        code: "cancelled",
      });
    },
  );

  it("passes on the reason when that is an error of ours", async () => {
    const late = new BelayError("connection-lost", "the server acted alone", "Look there.");
    expect(await cancelled(late, "sleep")).toBe(late);
  });
});
