import { Marked } from "marked";
import { describe, expect, it } from "vitest";
import { escapeMarkdown, linkOrText } from "../../../src/kit/escape-markdown.js";
import { chaos } from "../../support/chaos.js";

const pieces = [
  ...Array.from("|\\`*_~[]()<>&#!$^:+-=>{}1. \n"),
  "**",
  "\\|",
  "```",
  "~~",
  "<b>",
  "</td>",
  "<!--",
  "&amp;",
  "[a](http://b.c)",
  "https://a.b/c_d_e",
  "www.a.b/c_d_e",
  "é",
  "😀",
  "word",
];

/** The text that a reader of the rendered HTML sees; any element but a line break is an error. */
function shown(html: string): string {
  const text = html.replaceAll("<br>", " ");
  expect(text).not.toMatch(/<(?!\/?(td|a)\b)/);
  const plain = text
    .replace(/<[^>]*>/g, "")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  const decoded = plain.replace(/&#(\d+);/g, (_, code: string) =>
    String.fromCodePoint(Number(code)),
  );
  return oneSpace(decoded.replaceAll("&amp;", "&"));
}

function oneSpace(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

describe("a text of a user in a summary", () => {
  it("is shown as it is in a table cell, whatever it holds", () => {
    const random = chaos("markdown");
    const texts = Array.from({ length: 300 }, () =>
      Array.from({ length: random.integer(1, 8) }, () => random.pick(pieces)).join(""),
    );
    const table = [
      "| a | b |",
      "| --- | --- |",
      ...texts.map((text) => `| x | ${escapeMarkdown(text)} |`),
    ];
    const html = new Marked({ gfm: true }).parse(table.join("\n"), { async: false });
    const cells = [...html.matchAll(/<td>x<\/td>\n<td>(.*)<\/td>/g)].map(([, cell = ""]) =>
      shown(cell),
    );
    expect(cells).toEqual(texts.map(oneSpace));
  });

  it("keeps its line breaks as <br>, and loses its control characters", () => {
    expect(escapeMarkdown("a\r\nb\nc\u001b[0m\u202Ed")).toBe("a<br>b<br>c &#91;0m d");
  });

  it("is a link when all of it is an address", () => {
    expect(linkOrText("https://github.com/o/r/actions/runs/1")).toBe(
      "<https://github.com/o/r/actions/runs/1>",
    );
  });

  it.each(["javascript:alert(1)", "https://a.b/|x", "https://a.b/> <b>", "see https://a.b/"])(
    "%s is no link",
    (text) => {
      expect(linkOrText(text)).toBe(escapeMarkdown(text));
      expect(linkOrText(text)).not.toMatch(/[<>|]|:\/\//);
    },
  );
});
