import { type JsonValue, query } from "jsonpath-rfc9535";
import parse from "jsonpath-rfc9535/parser";
import { excerpt } from "./excerpt.js";
import type { JsonCondition } from "./check.js";

/** What selects by `path` (RFC 9535), or why that is none. */
export function compileJsonPath(
  path: string,
): JsonCondition["select"] | { readonly problem: string } {
  try {
    parse(path);
  } catch (error) {
    return { problem: excerpt(error instanceof Error ? error.message : String(error), 120) };
  }
  return (document) => query(document as JsonValue, path);
}
