import { describe, expect, it } from "vitest";
import { changedCoverage, uncoveredFindings } from "../../../src/checks/changed-coverage.js";
import { parseDiff } from "../../../src/checks/changed-lines.js";
import { parseCobertura } from "../../../src/checks/cobertura.js";
import { parseCoveragePy } from "../../../src/checks/coverage-py.js";
import { type Coverage, mergeCoverage, percentCovered } from "../../../src/checks/coverage.js";
import { parseLcov } from "../../../src/checks/lcov.js";
import { placesFrom } from "../../../src/checks/places.js";

const place = placesFrom("/repo", "/repo/web");

function plain(coverage: Coverage | undefined): unknown {
  return Object.fromEntries(
    [...(coverage ?? [])].map(([file, { covered, missed }]) => [file, [[...covered], [...missed]]]),
  );
}

describe("lcov", () => {
  it("gives lines by file, and leaves out files of others", () => {
    const text = `TN:\nSF:src/a.ts\nDA:1,3\nDA:2,0\nend_of_record\nSF:/usr/x.ts\nDA:1,1\nend_of_record\n`;
    expect(plain(parseLcov(text, place))).toEqual({ "web/src/a.ts": [[1], [2]] });
  });

  it("counts a line reached that any record of the file reached", () => {
    const text = "SF:a.ts\r\nDA:1,0\r\nend_of_record\r\nSF:a.ts\r\nDA:1,1,checksum\r\n";
    expect(plain(parseLcov(text, place))).toEqual({ "web/a.ts": [[1], []] });
  });

  it("of 100,000 lines is read at once", () => {
    const text = `SF:a.ts\n${Array.from({ length: 100_000 }, (_, at) => `DA:${at + 1},${at % 2}\n`).join("")}`;
    expect(percentCovered(parseLcov(text, place))).toBe(50);
  });
});

describe("coverage.py", () => {
  it("gives lines by file", () => {
    const files = { "app/a.py": { executed_lines: [1, 2], missing_lines: [3] } };
    expect(plain(parseCoveragePy(JSON.stringify({ files }), place))).toEqual({
      "web/app/a.py": [[1, 2], [3]],
    });
  });

  it("that was cut short is none", () => {
    expect(parseCoveragePy('{"files": {"a.py": ', place)).toBeUndefined();
  });
});

describe("Cobertura", () => {
  const line = (number: number, hits: number): string =>
    `<line number="${number}" hits="${hits}"/>`;
  const report = (lines: string, source = "/repo/web"): string =>
    `<?xml version="1.0"?><coverage><sources><source>${source}</source></sources><packages><package><classes>` +
    `<class filename="app/a.py"><lines>${lines}</lines></class></classes></package></packages></coverage>`;

  it("gives lines by file, from its source folder", () => {
    expect(plain(parseCobertura(report(line(1, 1) + line(2, 0)), place))).toEqual({
      "web/app/a.py": [[1], [2]],
    });
  });

  it("of another machine is read from the working folder", () => {
    expect(plain(parseCobertura(report(line(1, 1), "/home/runner/x"), place))).toEqual({
      "web/app/a.py": [[1], []],
    });
  });

  it("that was cut short is none", () => {
    expect(parseCobertura(report(line(1, 1)).slice(0, -30), place)).toBeUndefined();
  });
});

describe("coverage", () => {
  it("that measured nothing is not 0", () => {
    expect(percentCovered(new Map())).toBeUndefined();
  });

  it("of several runs is what any of them reached", () => {
    const one = new Map([["a", { covered: new Set([1]), missed: new Set([2, 3]) }]]);
    const two = new Map([["a", { covered: new Set([2]), missed: new Set([1, 3]) }]]);
    expect(plain(mergeCoverage([one, two]))).toEqual({ a: [[1, 2], [3]] });
  });
});

describe("changed lines", () => {
  const diff = [
    "diff --git a/a.py b/a.py",
    "--- a/a.py",
    "+++ b/a.py",
    "@@ -1,2 +1,3 @@ def x",
    "---- a/no header",
    "-old",
    "++++ b/no header either",
    "+new",
    "+new",
    "@@ -9,0 +11 @@",
    "+more",
    "diff --git a/b c.py b/b c.py",
    "--- /dev/null",
    "+++ b/b c.py\t",
    "@@ -0,0 +1,2 @@",
    "+x",
    "+y",
    "\\ No newline at end of file",
    "diff --git a/gone.py b/gone.py",
    "--- a/gone.py",
    "+++ /dev/null",
    "@@ -1 +0,0 @@",
    "-x",
  ].join("\n");

  it("are read from a diff, whatever its lines look like", () => {
    const found = [...parseDiff(diff)].map(([file, lines]) => [file, [...lines]]);
    expect(found).toEqual([
      ["a.py", [1, 2, 3, 11]],
      ["b c.py", [1, 2]],
    ]);
  });

  it("that no test reached are told as ranges; lines that nobody can reach do not count", () => {
    const file = { covered: new Set([1]), missed: new Set([2, 3, 9]) };
    const changed = changedCoverage(new Map([["a.py", file]]), parseDiff(diff));
    expect(changed).toMatchObject({ covered: 1, all: 3, missed: [{ from: 2, to: 3 }] });
    expect(uncoveredFindings(changed)).toMatchObject([
      { level: "warning", place: { file: "a.py", line: 2 } },
    ]);
  });
});
