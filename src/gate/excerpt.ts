import { oneLine } from "../kit/one-line.js";

/**
 * The beginning of a text that an app or a peer wrote, on one line of at most `max` characters, and unable to
 * command the runner: it obeys `##[command]` anywhere in a line.
 */
export function excerpt(text: string, max: number): string {
  // A body may be long, and what is far behind cannot be shown anyway.
  return oneLine(text.slice(0, 4096), max).replaceAll("##[", "## [");
}
