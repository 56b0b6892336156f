import { itemsOf, memberAt, parseJson } from "../kit/json.js";
import type { Coverage, FileCoverage } from "./coverage.js";
import type { Placer } from "./places.js";

/** Reads what `coverage json` writes; undefined when it is no such file. */
export function parseCoveragePy(text: string, place: Placer): Coverage | undefined {
  const files = memberAt(parseJson(text), "files");
  if (typeof files !== "object" || files === null) return undefined;
  const coverage = new Map<string, FileCoverage>();
  for (const [path, found] of Object.entries(files)) {
    const name = place(path)?.file;
    if (name === undefined) continue;
    const covered = numbersOf(memberAt(found, "executed_lines"));
    coverage.set(name, { covered, missed: numbersOf(memberAt(found, "missing_lines")) });
  }
  return coverage;
}

function numbersOf(value: unknown): ReadonlySet<number> {
  return new Set(itemsOf(value).filter((one): one is number => typeof one === "number"));
}
