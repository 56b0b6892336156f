import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../../src/kit/duration.js";

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5s", 1500],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["0s", 0],
  ])("%s is read", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "30", "5 m", "-1s", "5min", "1d", "1e3s", "5m30s", "٣s", "1s\n"])(
    "%j is refused",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test.each([
    [0, "0 ms"],
    [45.4, "45 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [1234, "1.2 s"],
    [59_949, "59.9 s"],
    [59_960, "1 min 0 s"],
    [185_000, "3 min 5 s"],
    [3_599_600, "1 h 0 min"],
    [7_800_000, "2 h 10 min"],
    [-5, "0 ms"],
  ])("of %d ms is shown as people read it", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
