import { describe, expect, it } from "vitest";
import { parseJunit } from "../../../src/checks/junit.js";
import { placesFrom } from "../../../src/checks/places.js";

const place = placesFrom("/repo", "/repo");

function read(cases: string): ReturnType<typeof parseJunit> {
  return parseJunit(
    `<?xml version="1.0"?><testsuites><testsuite name="s">${cases}</testsuite></testsuites>`,
    place,
  );
}

describe("a JUnit report", () => {
  it("gives names, places, durations, outcomes and reasons", () => {
    const tests = read(
      `<testcase classname="a.B" name="works" file="a.py" line="4" time="0.25"/>
       <testcase classname="a.B" name="fails"><failure message="1 != 2">trace &lt;here&gt;</failure></testcase>
       <testcase classname="a.B" name="breaks"><error>first line
second</error></testcase>
       <testcase classname="a.B" name="waits"><skipped/></testcase>`,
    );
    expect(tests).toMatchObject([
      { name: "a.B › works", place: { file: "a.py", line: 4 }, durationMs: 250, outcome: "passed" },
      { outcome: "failed", message: "1 != 2", detail: "trace <here>" },
      { outcome: "failed", message: "first line second" },
      { outcome: "skipped" },
    ]);
  });

  it("with a test that is written once for each attempt has one that is flaky", () => {
    const tests = read(`<testcase name="a"><failure/></testcase><testcase name="a"/>`);
    expect(tests).toMatchObject([{ attempts: 2, flaky: true, outcome: "passed" }]);
  });

  it("with colours and other control characters is read all the same", () => {
    const tests = read(`<testcase name="a"><failure message="\u001b[31mred\u001b[0m"/></testcase>`);
    expect(tests?.[0]?.message).toBe("red");
  });

  it.each([
    ["cut short", "<testsuites><testsuite><testcase name='a'>"],
    ["of something else", "<html></html>"],
    ["empty", ""],
  ])("%s is none", (_, text) => {
    expect(parseJunit(text, place)).toBeUndefined();
  });

  it("of 20,000 tests is read at once", () => {
    const one = `<testcase classname="a.B" name="works" time="0.25"><system-out>text</system-out></testcase>`;
    const cases = Array.from({ length: 20_000 }, (_, at) => one.replace("works", `works ${at}`));
    expect(read(cases.join("\n"))).toHaveLength(20_000);
  });
});
