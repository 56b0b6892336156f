import { describe, expect, it } from "vitest";
import { percentile } from "../../../src/gate/percentile.js";

describe("a percentile", () => {
  const values = [40, 10, 30, 20, 50];

  it.each([
    [0, 10],
    [20, 10],
    [50, 30],
    [95, 50],
    [100, 50],
  ])("%i is one of the measured values, by nearest rank", (percent, expected) => {
    expect(percentile(values, percent)).toBe(expected);
  });

  it("of one value is that value", () => {
    expect(percentile([7], 95)).toBe(7);
  });

  it("of nothing is 0", () => {
    expect(percentile([], 50)).toBe(0);
  });

  it("leaves the values in their order", () => {
    percentile(values, 50);
    expect(values).toEqual([40, 10, 30, 20, 50]);
  });
});
