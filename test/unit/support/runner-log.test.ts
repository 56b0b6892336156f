import { expect, test } from "vitest";
import { parsePairs } from "../../support/runner-files.js";
import { readRunnerLog } from "../../support/runner-log.js";

test("commands become annotations, groups and masks as the runner reads them", () => {
  const log = readRunnerLog(
    [
      "::add-mask::s3cret%0Aline two",
      "::group::Build",
      "using s3cret",
      "::error title=a%3A b::one%0Atwo",
      "",
    ].join("\n"),
  );
  expect(log.masks).toEqual(["s3cret\nline two", "s3cret", "line two"]);
  expect(log.annotations).toMatchObject([{ level: "error", title: "a: b", message: "one\ntwo" }]);
  expect(log.text).toBe("##[group]Build\nusing ***\n##[error]one\ntwo\n");
  expect(log.unmasked).toContain("using s3cret");
});

test("between stop-commands and its end nothing is a command", () => {
  const log = readRunnerLog(
    "::stop-commands::t0ken\n::error::from the server\n::t0ken::\n::error::ours",
  );
  expect(log.annotations.map(({ message }) => message)).toEqual(["ours"]);
  expect(log.text).toContain("::error::from the server");
});

test("outputs are read with and without a delimiter", () => {
  expect(parsePairs("a=1=2\nb<<EOT\nline 1\n\nline 3\nEOT\nc=\n")).toEqual({
    a: "1=2",
    b: "line 1\n\nline 3",
    c: "",
  });
  expect(() => parsePairs("b<<EOT\nnever closed\n")).toThrow("delimiter of b");
});
