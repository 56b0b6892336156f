import { expect, it } from "vitest";
import { DailyLimit } from "./daily-limit";

const morning = new Date("2026-03-01T06:00:00Z");
const evening = new Date("2026-03-01T23:59:59Z");
const nextDay = new Date("2026-03-02T00:00:00Z");

it("refuses the call after the last allowed one", () => {
  const limit = new DailyLimit(2);
  const answers = [morning, evening, evening].map((now) => limit.allows("ada", now));
  expect(answers).toEqual([true, true, false]);
});

it("counts each caller alone", () => {
  const limit = new DailyLimit(1);
  expect(limit.allows("ada", morning)).toBe(true);
  expect(limit.allows("grace", morning)).toBe(true);
});

it("starts anew at midnight UTC", () => {
  const limit = new DailyLimit(1);
  limit.allows("ada", evening);
  expect(limit.allows("ada", nextDay)).toBe(true);
});
