import { isDeepStrictEqual } from "node:util";
import { type JsonValue, query } from "jsonpath-rfc9535";
import parse from "jsonpath-rfc9535/parser";
import type { JsonCondition } from "./check.js";
import { bounded } from "./pattern.js";
import { excerpt } from "./excerpt.js";

/** Why `path` is no JSON path (RFC 9535); undefined when it is one. */
export function parseJsonPath(path: string): string | undefined {
  try {
    parse(path);
    return undefined;
  } catch (error) {
    return excerpt(error instanceof Error ? error.message : String(error), 120);
  }
}

/** What is wrong with `body`, which shall be JSON that meets `conditions`; undefined when all is well. */
export function jsonProblem(
  body: string,
  conditions: readonly JsonCondition[],
  hide: (text: string) => string,
): string | undefined {
  if (conditions.length === 0) return undefined;
  let document: JsonValue;
  try {
    document = JSON.parse(body) as JsonValue;
  } catch {
    return "the body is no JSON";
  }
  return conditions.map((condition) => problemOf(document, condition, hide)).find(Boolean);
}

function problemOf(
  document: JsonValue,
  condition: JsonCondition,
  hide: (text: string) => string,
): string | undefined {
  const { path } = condition;
  const found = bounded(() => query(document, path));
  if (found === undefined) return `the path ${path} takes too long on this body`;
  const [first] = found;
  if (first === undefined) return `nothing at ${path}`;
  const fits = bounded(() => found.some((value) => isMet(value, condition)));
  if (fits === undefined) return `the pattern for ${path} takes too long on this body`;
  return fits
    ? undefined
    : `${path} is ${excerpt(hide(JSON.stringify(first)), 80)}, not ${wanted(condition)}`;
}

function isMet(value: JsonValue, { equals, matches }: JsonCondition): boolean {
  if (matches === undefined) return isDeepStrictEqual(value, equals);
  return matches.test(typeof value === "string" ? value : JSON.stringify(value));
}

function wanted({ equals, matches }: JsonCondition): string {
  return matches === undefined
    ? excerpt(JSON.stringify(equals), 80)
    : `what matches ${excerpt(matches.source, 80)}`;
}
