import { readFile } from "node:fs/promises";
import type { Coverage } from "../checks/coverage.js";
import { parseLcov } from "../checks/lcov.js";
import type { Placer } from "../checks/places.js";

/** What our reporters noted of the lines that tests reached; undefined where nothing was measured. */
export async function coverageOf(lcov: string, place: Placer): Promise<Coverage | undefined> {
  const text = await readFile(lcov, "utf8");
  const coverage = parseLcov(text, place);
  return coverage.size === 0 ? undefined : coverage;
}
