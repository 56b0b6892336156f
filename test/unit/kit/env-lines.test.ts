import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEnvLines } from "../../../src/kit/env-lines.js";
import { chaos } from "../../support/chaos.js";

const seeded = { seed: chaos("env-lines").seed };

function values(text: string): Record<string, string> {
  const { values: found, problems } = parseEnvLines(text);
  expect(problems).toEqual([]);
  return Object.fromEntries(found.map(({ name, value }) => [name, value]));
}

describe("an env line", () => {
  test.each([
    ["a plain value", "A=b c", { A: "b c" }],
    [
      "spaces, # and quotes inside a value, as docker keeps them",
      `A= b # c "d" 'e' `,
      { A: ` b # c "d" 'e' ` },
    ],
    ["an equals sign in the value", "A=b=c==", { A: "b=c==" }],
    ["no expansion", "A=$HOME `id` $(id) \\n", { A: "$HOME `id` $(id) \\n" }],
    ["an empty value", "A=", { A: "" }],
    ["comments and blank lines", "# A=1\n\n  # B=2\nC=3\n", { C: "3" }],
    ["export and leading white space", "  export A=1\nexport\tB=2", { A: "1", B: "2" }],
    ["Windows line ends", "A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    [
      "double quotes with escapes",
      String.raw`A="a\nb\t\"c\" \\ \$d \e"`,
      { A: 'a\nb\t"c" \\ $d \\e' },
    ],
    ["double quotes over several lines", 'A="one\ntwo\n"\nB=3', { A: "one\ntwo\n", B: "3" }],
    ["single quotes, literally", String.raw`A='a\n"b" $c'`, { A: String.raw`a\n"b" $c` }],
    [
      "single quotes over several lines",
      "A='one\n# two\n\nB=3'\nC=4",
      { A: "one\n# two\n\nB=3", C: "4" },
    ],
    ["white space after a closing quote", 'A="b"  \nC=d', { A: "b", C: "d" }],
  ])("may hold %s", (_, text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test.each([
    ["no equals sign", "A=1\ns3cret", /^line 2: not of the form NAME=value/],
    ["a name that is none", "s3cret-x=1", /^line 1: not of the form NAME=value/],
    ["spaces around the name", "A =s3cret", /^line 1: not of the form/],
    ["a name of ours", "BELAY_RELEASE=s3cret", /^line 1: `BELAY_RELEASE` is reserved/],
    ["a name twice", "A=1\nB=2\nA=s3cret", /^line 3: `A` is given twice/],
    [
      "an open double quote",
      'A="s3cret\nB=2',
      /^line 1: the value of `A` begins with " and has no closing "/,
    ],
    [
      "an open single quote",
      "A='s3cret",
      /^line 1: the value of `A` begins with ' and has no closing '/,
    ],
    [
      "text after a closing quote",
      'A="b" s3cret',
      /^line 1: the value of `A` goes on after its closing "/,
    ],
    ["a NUL character", "A=s3cret\0", /^line 1: the value of `A` holds a NUL/],
  ])("with %s is named by its line, without the value", (_, text, message) => {
    const { problems } = parseEnvLines(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(problems[0]).not.toContain("s3cret");
  });

  test("does not hide the ones after it when it is wrong", () => {
    const { values: found, problems } = parseEnvLines("-\nA=1\n=\nB=2");
    expect(found.map(({ name }) => name)).toEqual(["A", "B"]);
    expect(problems).toHaveLength(2);
  });

  test("gives back any value that was written between double quotes", () => {
    const written = fc
      .string({ unit: "binary" })
      .filter((text) => !text.includes("\0") && !text.includes("\r"));
    fc.assert(
      fc.property(written, (value) => {
        expect(values(`A="${value.replaceAll(/["\\$]/g, "\\$&")}"`)).toEqual({ A: value });
      }),
      seeded,
    );
  });

  test("never puts a value into a problem, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { problems } = parseEnvLines(`${text}\nsecret-value-of-16`);
        expect(problems.join()).not.toContain("secret-value-of-16");
      }),
      seeded,
    );
  });
});

test("names may be other than those of variables where that is allowed", () => {
  const names = { pattern: /^[a-z.-]+$/, words: "small letters, . and -" };
  const { values: found, problems } = parseEnvLines("npm.token-x=a=b\nNPM=c", names);
  expect(found).toEqual([{ name: "npm.token-x", value: "a=b" }]);
  expect(problems).toEqual([
    "line 2: not of the form NAME=value, with a name of small letters, . and -",
  ]);
});
