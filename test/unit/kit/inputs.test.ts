import { describe, expect, test } from "vitest";
import { BelayError } from "../../../src/kit/errors.js";
import { InputReader } from "../../../src/kit/inputs.js";

/** A reader of these inputs, with what it masks. */
function reading(
  inputs: Readonly<Record<string, string>>,
  environment?: string,
): { reader: InputReader; masked: string[] } {
  const masked: string[] = [];
  const raw = (name: string): string => inputs[name]?.trim() ?? "";
  return { reader: new InputReader(raw, (secret) => masked.push(secret), "", environment), masked };
}

/** Everything that `finish` finds wrong, as `message | remedy`. */
function problems(reader: InputReader): string[] {
  try {
    reader.finish();
    return [];
  } catch (failure) {
    if (!(failure instanceof BelayError)) throw failure;
    expect(failure.code).toBe("config");
    return [failure, ...failure.also].map(({ message, remedy }) => `${message} | ${remedy}`);
  }
}

describe("good inputs are read", () => {
  const { reader } = reading({
    title: "  Deploy of $(app)  ",
    steps: "npm ci\n  npm run build  \n\n",
    count: "12",
    rate: "0.25",
    wait: "5m",
    room: "300MB",
    flag: "True",
    mode: "fast",
    hosts: "a\n# comment\n\n  b\r\nc # kept",
  });

  test.each([
    ["text", () => reader.text("title"), "Deploy of $(app)"],
    ["a default text", () => reader.text("absent", { default: "x" }), "x"],
    ["no text", () => reader.text("absent"), ""],
    ["lines of shell as they are", () => reader.block("steps"), "npm ci\n  npm run build"],
    ["a whole number", () => reader.integer("count", { default: 1, min: 0, max: 20 }), 12],
    ["a default number", () => reader.integer("absent", { default: 3 }), 3],
    ["a number", () => reader.number("rate", { min: 0, max: 1 }), 0.25],
    ["no number", () => reader.number("absent"), undefined],
    ["a duration in milliseconds", () => reader.duration("wait", { default: "1s" }), 300_000],
    ["a default duration", () => reader.duration("absent", { default: "1s" }), 1000],
    ["a size in bytes", () => reader.size("room"), 300_000_000],
    ["no size", () => reader.size("absent"), undefined],
    ["a default size", () => reader.size("absent", { default: "1KiB" }), 1024],
    ["a boolean", () => reader.boolean("flag", false), true],
    ["a default boolean", () => reader.boolean("absent", true), true],
    ["a choice", () => reader.choice("mode", ["slow", "fast"], "slow"), "fast"],
    ["lines", () => reader.lines("hosts"), ["a", "b", "c # kept"]],
    ["whether it is there", () => [reader.has("title"), reader.has("absent")], [true, false]],
  ])("%s", (_, read, expected) => {
    expect(read()).toEqual(expected);
    expect(problems(reader)).toEqual([]);
  });

  test("%s under a prefix, with its full name in messages", () => {
    const { reader: outer } = reading({ "health-timeout": "soon" });
    outer.under("health-").duration("timeout", { default: "5m" });
    expect(problems(outer)[0]).toContain("`health-timeout`");
  });
});

describe("a bad input", () => {
  test.each([
    [
      "a line break in one line of text",
      (r: InputReader) => r.text("x"),
      "a\nb",
      /`x` is "a\\nb"; accepted: one line of text/,
    ],
    [
      "text that does not fit",
      (r: InputReader) => r.text("x", { pattern: /^\d+$/, accepted: "digits", example: "42" }),
      "a",
      /digits \| .*`x: 42`/,
    ],
    [
      "a missing text",
      (r: InputReader) => r.text("x", { required: true, example: "y" }),
      "",
      /`x` is empty/,
    ],
    [
      "a number that is not whole",
      (r: InputReader) => r.integer("x", { default: 1 }),
      "1.5",
      /a whole number/,
    ],
    ["a number in words", (r: InputReader) => r.number("x"), "ten", /a number/],
    [
      "a number in other notations",
      (r: InputReader) => r.integer("x", { default: 1 }),
      "0x10",
      /a whole number/,
    ],
    [
      "a number that is too small",
      (r: InputReader) => r.integer("x", { default: 1, min: 1 }),
      "0",
      /at least 1/,
    ],
    [
      "a number that is too large",
      (r: InputReader) => r.integer("x", { default: 1, min: 1, max: 5 }),
      "6",
      /from 1 to 5/,
    ],
    [
      "a duration without a unit",
      (r: InputReader) => r.duration("x", { default: "30s" }),
      "30",
      /a duration .* \| .*`x: 30s`/,
    ],
    [
      "a duration out of range",
      (r: InputReader) => r.duration("x", { default: "30s", min: "1s", max: "1h" }),
      "2h",
      /from 1s to 1h/,
    ],
    ["a size without a unit", (r: InputReader) => r.size("x"), "300", /a size .*`x: 300MB`/],
    [
      "a boolean that YAML 1.2 does not know",
      (r: InputReader) => r.boolean("x", false),
      "yes",
      /true or false/,
    ],
    [
      "a boolean named like a method",
      (r: InputReader) => r.boolean("x", false),
      "constructor",
      /true or false/,
    ],
    ["an unknown choice", (r: InputReader) => r.choice("x", ["a", "b"], "a"), "c", /one of a, b/],
  ])(
    "is named with what was given, what is accepted and an example: %s",
    (_, read, value, message) => {
      const { reader } = reading({ x: value });
      read(reader);
      expect(problems(reader)).toEqual([expect.stringMatching(message)]);
    },
  );

  test("is reported together with all others", () => {
    const { reader } = reading({ a: "x", b: "y", c: "z" });
    reader.integer("a", { default: 1 });
    reader.boolean("b", true);
    reader.under("").duration("c", { default: "1s" });
    expect(problems(reader)).toHaveLength(3);
  });

  test("is shown on one line and not longer than one can read", () => {
    const { reader } = reading({ x: `${"a".repeat(500)}\n::error::b` });
    reader.integer("x", { default: 1 });
    const [problem = ""] = problems(reader);
    expect(problem).not.toContain("\n");
    expect(problem.length).toBeLessThan(300);
  });

  test("of several at odds is named by whoever sees it", () => {
    const { reader } = reading({ mode: "slow", token: "s3cret" });
    reader.problem("mode", { accepted: "fast when there is a url", example: "fast" });
    reader.problem("token", { secret: true, accepted: "nothing", example: "" });
    reader.problem("url", { given: "u", accepted: "x", example: "y" });
    const found = problems(reader);
    expect(found).toHaveLength(3);
    expect(found[0]).toContain('`mode` is "slow"');
    expect(found[1]).toContain("`token` is ***");
    expect(found[2]).toContain('`url` is "u"');
  });
});

describe("a secret", () => {
  test("is masked at once, line by line", () => {
    const { reader, masked } = reading({
      key: "-----BEGIN-----\nabcdef\n}\n-----END-----",
      word: "hunter2",
    });
    expect(reader.secret("key")).toContain("abcdef");
    expect(reader.secret("word")).toBe("hunter2");
    expect(masked).toEqual(["-----BEGIN-----", "abcdef", "-----END-----", "hunter2"]);
  });

  test("that is empty is named with the usual reason, and the environment where it is known", () => {
    const { reader } = reading({});
    reader.secret("private-key", { required: true });
    expect(problems(reader)[0]).toContain(
      "`private-key` is empty: the environment has no such secret, or the job does not name",
    );
    const named = reading({}, "production");
    named.reader.secret("private-key", { required: true });
    expect(problems(named.reader)[0]).toContain(
      "`private-key` is empty: the environment `production` has no such secret",
    );
  });

  test("of env lines has each value masked by itself, but not trivial ones", () => {
    const { reader, masked } = reading({ env: `TOKEN=abcdef\nDEBUG=1\nPEM="line one\nline two"` });
    expect(reader.env("env").map(({ name }) => name)).toEqual(["TOKEN", "DEBUG", "PEM"]);
    expect(masked).toEqual(
      expect.arrayContaining(["abcdef", "line one", "line two", "TOKEN=abcdef"]),
    );
    expect(masked).not.toContain("1");
  });

  test("of env lines is never quoted in a problem", () => {
    const { reader } = reading({ env: "TOKEN: abcdef" });
    reader.env("env");
    expect(problems(reader)).toEqual([
      expect.stringMatching(/`env`, line 1: not of the form NAME=value/),
    ]);
    expect(problems(reader).join()).not.toContain("abcdef");
  });
});

describe("a part that another parser reads", () => {
  const values: Readonly<Record<string, string>> = { "told-a": "1", "told-b": "2", a: "3" };
  const part = new InputReader(
    (name) => values[name] ?? "",
    () => undefined,
  ).part("told-", {
    c: "given",
    b: "given",
  });

  test("has its names behind a prefix, once, and takes what is given instead of the user's", () => {
    expect(part.text("a")).toBe("1");
    expect(part.text("told-a")).toBe("1");
    expect([part.text("b"), part.text("c"), part.text("d")]).toEqual(["given", "given", ""]);
  });

  test("names what is wrong as the user wrote it", () => {
    part.secret("told-key", { required: true });
    expect(() => part.finish()).toThrow("`told-key` is empty");
  });
});
