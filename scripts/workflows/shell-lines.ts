import type { Document, ShellBlock } from "./documents.js";
import type { Mapping } from "./workflow.js";

/** The inputs of our actions that are shell lines as they stand. */
const names = new Set([
  ...["build", "before", "migrate", "migrate-plan", "after", "on-recovery"],
  ...["restart", "switch", "stop", "command", "seed", "undo"],
]);

/** The shell lines that a workflow, or a piece of one, hands to actions; an expression counts as a word. */
export function shellLinesOf({ place, value }: Document): readonly ShellBlock[] {
  return linesIn(value).map(({ name, text }, at) => ({
    place: `${place}:${name}-${String(at + 1)}`,
    text: `${text.replaceAll(/\$\{\{[^]*?\}\}/g, "expression")}\n`,
  }));
}

function linesIn(node: unknown): readonly { readonly name: string; readonly text: string }[] {
  if (Array.isArray(node)) return node.flatMap(linesIn);
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node as Mapping).flatMap(([name, value]) =>
    names.has(name) && typeof value === "string" ? [{ name, text: value }] : linesIn(value),
  );
}
