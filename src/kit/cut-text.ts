// Control characters but for line breaks and tabs, and the marks that turn the writing direction: one that is
// not closed would turn all that follows. Letters that are written from right to left stay as they are.
const unprintable =
  /[\p{Cc}\u2028\u2029\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/gu;
const mark = "…";

/** `text` with its line breaks as \n, without white space at the ends, and without what cannot be shown. */
export function printable(text: string): string {
  const lines = text
    .toWellFormed()
    .replace(/\r\n?|\u2028|\u2029/g, "\n")
    .split("\n");
  return lines
    .map((line) => line.replaceAll("\t", "  ").replace(unprintable, ""))
    .join("\n")
    .trim();
}

/**
 * `text` in at most `max` UTF-16 units, the last of them `…` where it was cut: after a line or a sentence when
 * one ends in the last third, else after a word, else between characters as people see them.
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const room = max - mark.length;
  if (room <= 0) return "";
  return `${text.slice(0, sensibleEnd(text, room)).trimEnd()}${mark}`;
}

function sensibleEnd(text: string, room: number): number {
  const head = text.slice(0, room);
  const soonest = Math.floor((room * 2) / 3);
  const line = head.lastIndexOf("\n");
  if (line > soonest) return line;
  const sentence = lastMatchEnd(head, /[.!?。！？](?=\s)/gu);
  if (sentence > soonest) return sentence;
  const word = lastMatchEnd(head, /\S(?=\s)/gu);
  return word > soonest ? word : characterEnd(text, room);
}

function lastMatchEnd(text: string, pattern: RegExp): number {
  let end = 0;
  for (const match of text.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}

/** No character that people see is longer, but for such as were made to be. */
const longestCharacter = 64;

/** The last place up to `room` that is not in the middle of an emoji or of a letter with its accents. */
function characterEnd(text: string, room: number): number {
  const from = Math.max(0, room - longestCharacter);
  const around = new Intl.Segmenter().segment(text.slice(from, room + longestCharacter));
  const starts = [...around].map(({ index }) => from + index);
  const end = starts.findLast((start) => start <= room) ?? from;
  if (end > from) return end;
  return /[\uD800-\uDBFF]$/.test(text.slice(0, room)) ? room - 1 : room;
}
