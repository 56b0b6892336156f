import { expect, test } from "vitest";
import { systemClock } from "../../../src/platform/system-clock.js";

test("sleeping takes the time asked for", async () => {
  const start = systemClock.monotonic();
  await systemClock.sleep(30);
  expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(29);
});

test("a sleep that is aborted rejects at once with the signal's own reason", async () => {
  const abort = new AbortController();
  const reason = new Error("cancelled");
  const sleeping = systemClock.sleep(60_000, abort.signal);
  abort.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(systemClock.sleep(60_000, abort.signal)).rejects.toBe(reason);
});

test("the time of day is that of the machine", () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
});
