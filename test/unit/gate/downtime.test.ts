import { describe, expect, it } from "vitest";
import { measureDowntime } from "../../../src/gate/downtime.js";
import { FakeClock } from "../../support/fake-clock.js";
import { type Answer, type Script, scriptedHttp } from "../../support/scripted-http.js";

const url = "https://app.example/";
const refused = new Error("connection refused");

/** Measures a scripted app for `forMs` of fake time. */
async function measure(
  forMs: number,
  answer: Script["answer"],
  tookMs?: Script["tookMs"],
  signal?: AbortSignal,
) {
  const clock = new FakeClock();
  const http = scriptedHttp(clock, tookMs ? { answer, tookMs } : { answer });
  const measurement = measureDowntime(url, http, clock, signal);
  await clock.run(clock.sleep(forMs));
  const downMs = await clock.run(measurement.stop());
  return { downMs, http, clock, measurement };
}

function downFrom(fromMs: number, toMs: number, how: Answer): Script["answer"] {
  return (atMs) => (atMs >= fromMs && atMs < toMs ? how : 200);
}

describe("the downtime of a switch", () => {
  it("is 0 when every probe was answered", async () => {
    const { downMs, http } = await measure(5000, () => 200);
    expect(downMs).toBe(0);
    expect(http.requests).toHaveLength(100);
  });

  it.each([
    ["refused connections", refused],
    ["a 502 of the proxy before it", 502],
  ])("counts %s to the next answer", async (_, how) => {
    expect((await measure(5000, downFrom(1000, 1700, how))).downMs).toBe(700);
  });

  it("does not count answers such as 404 or 302", async () => {
    expect((await measure(3000, downFrom(1000, 2000, 404))).downMs).toBe(0);
  });

  it("adds up several gaps", async () => {
    const isGap = (atMs: number): boolean => atMs % 2000 >= 1000 && atMs % 2000 < 1300;
    expect((await measure(5900, (atMs) => (isGap(atMs) ? refused : 200))).downMs).toBe(900);
  });

  it("is none before the first answer: a first deploy takes nothing down", async () => {
    expect((await measure(5000, downFrom(0, 2000, refused))).downMs).toBe(0);
  });

  it("counts to the end when nothing answers any more", async () => {
    expect((await measure(5000, downFrom(2000, Infinity, refused))).downMs).toBeGreaterThanOrEqual(
      3000,
    );
  });

  it("does not let probes that hang hide when the app is back", async () => {
    // As a proxy that gives up after two seconds.
    const hang = (atMs: number) => (atMs >= 1000 && atMs < 1600 ? 2000 : 10);
    expect((await measure(9000, downFrom(1000, 1600, 502), hang)).downMs).toBe(600);
  });

  it("counts a probe that never ends as one that failed", async () => {
    const hang = (atMs: number) => (atMs >= 1000 && atMs < 2000 ? 60_000 : 10);
    expect((await measure(9000, () => 200, hang)).downMs).toBe(1000);
  });

  it("has no more than 40 probes under way at a time", async () => {
    const { http } = await measure(
      4900,
      () => 200,
      () => 60_000,
    );
    expect(http.requests).toHaveLength(40);
  });

  it("can be asked for twice, and nothing is asked after the end", async () => {
    const { measurement, downMs, clock, http } = await measure(2000, downFrom(500, 800, refused));
    const asked = http.requests.length;
    await clock.run(clock.sleep(2000));
    expect(await measurement.stop()).toBe(downMs);
    expect(http.requests).toHaveLength(asked);
  });

  it("is told also when the wait was cancelled", async () => {
    const cancel = new AbortController();
    const answer: Script["answer"] = (atMs) => {
      if (atMs >= 1500) cancel.abort();
      return atMs >= 1000 ? refused : 200;
    };
    expect((await measure(5000, answer, undefined, cancel.signal)).downMs).toBe(500);
  });
});
