import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";
import "./tried.js";

interface Row {
  tries: number;
  lost: number;
}

/** A reporter that ends the run with a table of what it tried: `fault, tries, lost`. */
export default class FaultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = faultRows(modules.filter(({ project }) => project.name === "faults"));
    if (rows.size > 0) console.log(`\n${faultTable(rows)}`);
  }
}

/** A try is lost unless its test passed: one that could not be made because the set-up failed is lost as well. */
function faultRows(modules: readonly TestModule[]): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const module of modules) {
    const tests = [...module.children.allTests()];
    // A file that broke before it named its tests.
    if (tests.length === 0) count(rows, module.relativeModuleId, 1, 1);
    for (const test of tests) {
      const passed = test.result().state === "passed";
      const tries = test.meta().tries;
      const made = passed ? (tries ?? 1) : (tries ?? 0) + 1;
      count(rows, faultOf(test), made, passed ? 0 : 1);
    }
  }
  return rows;
}

function count(rows: Map<string, Row>, fault: string, tries: number, lost: number): void {
  const row = rows.get(fault) ?? { tries: 0, lost: 0 };
  rows.set(fault, { tries: row.tries + tries, lost: row.lost + lost });
}

/** The outermost `describe`, which names the fault. */
function faultOf(test: TestCase): string {
  let named: TestCase | TestSuite = test;
  while (named.parent.type === "suite") named = named.parent;
  return named.name;
}

function faultTable(rows: ReadonlyMap<string, Row>): string {
  const sum = { tries: 0, lost: 0 };
  for (const { tries, lost } of rows.values()) {
    sum.tries += tries;
    sum.lost += lost;
  }
  const sorted = [...rows].sort(([one], [other]) => one.localeCompare(other));
  const lines = [...sorted, ["all", sum] as const];
  const width = Math.max(...lines.map(([name]) => name.length));
  const line = (name: string, tries: string, lost: string): string =>
    `${name.padEnd(width)}  ${tries.padStart(5)}  ${lost.padStart(4)}`;
  return [
    line("fault", "tries", "lost"),
    ...lines.map(([name, { tries, lost }]) => line(name, String(tries), String(lost))),
  ].join("\n");
}
