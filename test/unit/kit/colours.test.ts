import { expect, it } from "vitest";
import { withoutColours } from "../../../src/kit/colours.js";

it.each([
  ["\u001b[31mred\u001b[0m and \u001b[1;38;5;4mblue\u001b[m", "red and blue"],
  ["\u001b[2K\u001b[1Gdone", "done"],
  ["\u001b]8;;https://example.com\u0007a link\u001b]8;;\u0007", "a link"],
  ["[31m is text where no escape is before it", "[31m is text where no escape is before it"],
])("what colours a text is taken out: %j", (text, plain) => {
  expect(withoutColours(text)).toBe(plain);
});
