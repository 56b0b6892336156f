import { describe, expect, it } from "vitest";
import { oneLine } from "../../../src/kit/one-line.js";

describe("a text on one line", () => {
  it("has no line break, tab or run of spaces", () => {
    expect(oneLine("  a\r\n\n b\tc  d\u2028e ")).toBe("a b c d e");
  });

  it("has neither terminal commands nor marks that turn its direction", () => {
    expect(oneLine("a\u001b[31mb\u202Ec\u0000d")).toBe("a [31mb c d");
  });

  it("is whole when it fits, and ends with … when it does not", () => {
    expect(oneLine("12345", 5)).toBe("12345");
    expect(oneLine("123456", 5)).toBe("1234…");
  });

  it("is cut between characters, not through one", () => {
    expect(oneLine("😀😀😀😀", 3)).toBe("😀😀…");
    expect(oneLine("😀😀😀", 3)).toBe("😀😀😀");
  });
});
