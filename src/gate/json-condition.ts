import { isDeepStrictEqual } from "node:util";
import type { JsonCondition } from "./check.js";
import { bounded } from "./pattern.js";
import { excerpt } from "./excerpt.js";

/** What is wrong with `body`, which shall be JSON that meets `conditions`; undefined when all is well. */
export function jsonProblem(
  body: string,
  conditions: readonly JsonCondition[],
  hide: (text: string) => string,
): string | undefined {
  if (conditions.length === 0) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(body) as unknown;
  } catch {
    return "the body is no JSON";
  }
  return conditions.map((condition) => problemOf(document, condition, hide)).find(Boolean);
}

function problemOf(
  document: unknown,
  condition: JsonCondition,
  hide: (text: string) => string,
): string | undefined {
  const { path } = condition;
  const found = bounded(() => condition.select(document));
  if (found === undefined) return `the path ${path} takes too long on this body`;
  const [first] = found;
  if (first === undefined) return `nothing at ${path}`;
  const fits = bounded(() => found.some((value) => isMet(value, condition)));
  if (fits === undefined) return `the pattern for ${path} takes too long on this body`;
  return fits
    ? undefined
    : `${path} is ${excerpt(hide(JSON.stringify(first)), 80)}, not ${wanted(condition)}`;
}

function isMet(value: unknown, { equals, matches }: JsonCondition): boolean {
  if (matches === undefined) return isDeepStrictEqual(value, equals);
  return matches.test(typeof value === "string" ? value : JSON.stringify(value));
}

function wanted({ equals, matches }: JsonCondition): string {
  return matches === undefined
    ? excerpt(JSON.stringify(equals), 80)
    : `what matches ${excerpt(matches.source, 80)}`;
}
