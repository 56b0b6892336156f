import { describe, expect, it } from "vitest";
import { matches, readPattern } from "../../../src/gate/pattern.js";

function read(text: string): RegExp {
  const pattern = readPattern(text);
  if (!(pattern instanceof RegExp)) throw new Error(pattern.problem);
  return pattern;
}

describe("a pattern of the user's", () => {
  it.each([
    "ok",
    '"status":\\s*"(ok|healthy)"',
    "version:? ?v?\\d+\\.\\d+",
    "\\bFATAL\\b.*database",
  ])("such as %s is taken", (text) => {
    expect(read(text).source).toBe(new RegExp(text).source);
  });

  it("looks at each line by itself", () => {
    expect(matches(read("^ready$"), "starting\nready\n")).toBe(true);
  });

  it("that does not compile is refused with the reason", () => {
    expect(readPattern("(ok")).toEqual({
      problem: "is no regular expression: Unterminated group",
    });
  });

  it.each([
    "(a+)+$",
    "^(\\w+\\s?)*$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(a|a)*b",
    "^(\\d|\\d\\d)*$",
    "^(?:=|==)*x",
  ])("that takes exponential time, such as %s, is refused", (text) => {
    expect(readPattern(text)).toMatchObject({
      problem: expect.stringContaining("exponential") as string,
    });
  });

  it.each([
    ["(xy|xy)*z", "xy".repeat(40)],
    [".*.*.*x", "a".repeat(20_000)],
  ])("that nobody saw to be slow, such as %s, is ended in time", (text, body) => {
    const begun = performance.now();
    expect(matches(read(text), body)).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
