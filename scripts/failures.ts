// Prints each failed test of vitest's JSON reports with the first line of why: scripts/failures.ts REPORT…
// The end of a long log then says all that is to be mended.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** The first line, and where in the tests it was. */
function shortly(message: string): string {
  const [first = "", ...rest] = stripVTControlCharacters(message).trim().split("\n");
  const place = rest.find((line) => /^\s*at .*\btest\/.*\.ts:/.test(line));
  return `${first.slice(0, 160)} ${/[\w.-]+\.ts:\d+/.exec(place ?? "")?.[0] ?? ""}`.trim();
}

function failuresOf(report: Report): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) {
      return status === "failed" ? [`${file}: ${shortly(message)}`] : [];
    }
    return failed.map(
      (test) => `${file}: ${test.fullName}: ${shortly(test.failureMessages?.[0] ?? "")}`,
    );
  });
}

for (const path of process.argv.slice(2)) {
  for (const line of failuresOf(JSON.parse(readFileSync(path, "utf8")) as Report)) {
    console.log(`FAILED ${line}`);
  }
}
