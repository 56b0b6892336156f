import type { Coverage } from "./coverage.js";
import type { Placer } from "./places.js";
import { elementsNamed, xmlRoot } from "./xml-tree.js";

/** Reads a report of Cobertura; undefined when it is none, or was cut short. */
export function parseCobertura(text: string, place: Placer): Coverage | undefined {
  const root = xmlRoot(text);
  if (root?.name !== "coverage") return undefined;
  const sources = [...elementsNamed(root, "source")].map(({ text: source }) => source.trim());
  const files = new Map<string, { covered: Set<number>; missed: Set<number> }>();
  for (const type of elementsNamed(root, "class")) {
    const name = fileOf(type.attributes["filename"] ?? "", sources, place);
    if (name === undefined) continue;
    const file = files.get(name) ?? { covered: new Set(), missed: new Set() };
    files.set(name, file);
    for (const { attributes } of elementsNamed(type, "line")) {
      const number = Number(attributes["number"]);
      if (!Number.isInteger(number)) continue;
      if (Number(attributes["hits"]) > 0) file.covered.add(number);
      else file.missed.add(number);
    }
  }
  for (const { covered, missed } of files.values()) for (const line of covered) missed.delete(line);
  return files;
}

/** File names are relative to a source folder, which may be one of another machine. */
function fileOf(name: string, sources: readonly string[], place: Placer): string | undefined {
  const paths = sources.filter((source) => source !== "").map((source) => `${source}/${name}`);
  for (const path of [...paths, name]) {
    const found = place(path)?.file;
    if (found !== undefined) return found;
  }
  return undefined;
}
