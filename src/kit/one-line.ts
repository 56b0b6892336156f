// Control characters, line and paragraph separators, zero-width marks, and the marks that turn the writing direction.
const unprintable =
  /[\p{Cc}\u2028\u2029\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]+/gu;

/**
 * `text` on one line of at most `max` characters (the last of them `…` where it was cut), without control
 * characters: what a log or a report can show of a text that somebody else wrote.
 */
export function oneLine(text: string, max = Number.POSITIVE_INFINITY): string {
  const line = text.toWellFormed().replace(unprintable, " ").replace(/\s+/gu, " ").trim();
  // More code units than characters only ever makes this look at a text that is short enough.
  if (line.length <= max) return line;
  const characters = Array.from(line);
  return characters.length <= max
    ? line
    : `${characters
        .slice(0, max - 1)
        .join("")
        .trimEnd()}…`;
}
