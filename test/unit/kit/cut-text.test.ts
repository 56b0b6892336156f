import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText, printable } from "../../../src/kit/cut-text.js";

describe("a text that is cut", () => {
  it("stays as it is where it is short enough", () => {
    expect(cutText("four", 4)).toBe("four");
  });

  it.each([
    ["a line", "first line\nsecond line\nthird line", 26, "first line\nsecond line…"],
    ["a sentence", "It broke. It was mended. Then it rained.", 30, "It broke. It was mended.…"],
    ["a word", "alpha beta gamma", 13, "alpha beta…"],
    ["a character, where there is nothing else", "x".repeat(50), 10, `${"x".repeat(9)}…`],
  ])("ends after %s", (_, text, max, cut) => {
    expect(cutText(text, max)).toBe(cut);
  });

  it("never ends in the middle of an emoji, a letter with its accents, or a pair of units", () => {
    const family = "👨‍👩‍👧‍👦";
    expect(cutText(family.repeat(3), family.length + 5)).toBe(`${family}…`);
    expect(cutText("e\u0301".repeat(10), 6)).toBe(`${"e\u0301".repeat(2)}…`);
  });

  it("is never longer than asked, well-formed, and begins like the whole", () => {
    const any = fc.string({ unit: "grapheme", maxLength: 300 });
    fc.assert(
      fc.property(any, fc.integer({ min: 0, max: 200 }), (text, max) => {
        const cut = cutText(text.toWellFormed(), max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.isWellFormed()).toBe(true);
        expect(text.toWellFormed().startsWith(cut.replace(/…$/, ""))).toBe(true);
      }),
    );
  });
});

describe("a text that is printable", () => {
  it("keeps its lines, and letters that are written from right to left", () => {
    expect(printable(" a\r\nb\u2028c\n\nשלום مرحبا\t👨‍👩‍👧 \n")).toBe("a\nb\nc\n\nשלום مرحبا  👨‍👩‍👧");
  });

  it("has no control characters and no marks that turn the writing direction", () => {
    expect(printable("a\u0000b\u001b[31mc\u202ed\u2066e\u200bf\ud800")).toBe("ab[31mcdef\ufffd");
  });
});
