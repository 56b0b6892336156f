import { oneLine } from "./one-line.js";

/**
 * `text` as the label of a Mermaid task: what the diagram's grammar, the fence around it or HTML could take
 * for theirs becomes a space. A label still must not begin a line, where Mermaid looks for its own words.
 */
export function escapeMermaid(text: string): string {
  return oneLine(text.replace(/[^\p{L}\p{M}\p{N} ._/()+@-]/gu, " "), 40) || "step";
}
