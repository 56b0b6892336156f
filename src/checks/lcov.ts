import type { Coverage } from "./coverage.js";
import type { Placer } from "./places.js";

/** Reads a tracefile of lcov; files outside of the repository are left out. */
export function parseLcov(text: string, place: Placer): Coverage {
  const files = new Map<string, { covered: Set<number>; missed: Set<number> }>();
  let file: { covered: Set<number>; missed: Set<number> } | undefined;
  for (const line of lines(text)) {
    if (line.startsWith("SF:")) {
      const name = place(line.slice(3))?.file;
      file =
        name === undefined
          ? undefined
          : (files.get(name) ?? { covered: new Set(), missed: new Set() });
      if (name !== undefined && file !== undefined) files.set(name, file);
    } else if (file !== undefined && line.startsWith("DA:")) {
      count(file, line);
    }
  }
  return files;
}

/** `DA:LINE,HITS[,CHECKSUM]`; a file may be told more than once, and a line reached once was reached. */
function count(file: { covered: Set<number>; missed: Set<number> }, line: string): void {
  const [number, hits] = line.slice(3).split(",", 2).map(Number);
  if (number === undefined || hits === undefined || !Number.isInteger(number)) return;
  if (hits > 0) {
    file.covered.add(number);
    file.missed.delete(number);
  } else if (!file.covered.has(number)) {
    file.missed.add(number);
  }
}

/** One at a time: a list of all of them would take many times the text. */
function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n", at);
    const stop = end === -1 ? text.length : end;
    yield text.slice(at, stop).trimEnd();
    at = stop + 1;
  }
}
