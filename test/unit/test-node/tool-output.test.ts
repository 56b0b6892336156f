import { describe, expect, it } from "vitest";
import { placesFrom } from "../../../src/checks/places.js";
import { formatFindings, typeFindings } from "../../../src/test-node/tool-output.js";

const place = placesFrom("/repo", "/repo/web");

describe("what TypeScript prints", () => {
  it.each([
    ["plain", "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'."],
    [
      "for a terminal",
      "\u001b[96msrc/a.ts\u001b[0m:\u001b[93m3\u001b[0m:\u001b[93m7\u001b[0m - \u001b[91merror\u001b[0m\u001b[90m TS2322: \u001b[0mType 'string' is not assignable to type 'number'.",
    ],
  ])("becomes a finding on its line: %s", (_, text) => {
    expect(typeFindings(`> tsc\n${text}\n`, place)).toEqual([
      {
        level: "error",
        message: "TS2322: Type 'string' is not assignable to type 'number'.",
        place: { file: "web/src/a.ts", line: 3 },
      },
    ]);
  });

  it("becomes one also where Next.js runs it", () => {
    const text =
      "Failed to compile.\n\n./app/page.tsx:5:10\nType error: Cannot find name 'x'.\n\n  3 |\n";
    expect(typeFindings(text, place)).toEqual([
      {
        level: "error",
        message: "Type error: Cannot find name 'x'.",
        place: { file: "web/app/page.tsx", line: 5 },
      },
    ]);
  });

  it("is named without a line where the file is none of the project's", () => {
    const text = "node_modules/x/index.d.ts(1,1): error TS1005: ';' expected.\n";
    expect(typeFindings(text, place)).toEqual([
      { level: "error", message: "node_modules/x/index.d.ts: TS1005: ';' expected." },
    ]);
  });
});

describe("what Prettier prints", () => {
  it("becomes a finding for each file, those that it cannot read first", () => {
    const text = [
      "Checking formatting...",
      "[\u001b[33mwarn\u001b[39m] src/a b.ts",
      "[error] src/c.ts: SyntaxError: Declaration or statement expected. (1:8)",
      "[error] > 1 | export }",
      "[warn] Code style issues found in 2 files. Run Prettier with --write to fix.",
    ].join("\n");
    expect(formatFindings(text, place)).toEqual([
      {
        level: "error",
        message: "SyntaxError: Declaration or statement expected.",
        place: { file: "web/src/c.ts", line: 1 },
      },
      {
        level: "error",
        message: "Not formatted as Prettier writes it",
        place: { file: "web/src/a b.ts" },
      },
    ]);
  });
});
