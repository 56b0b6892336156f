/** Escapes that colour a text, move its cursor, or link it. */
const escapes =
  // eslint-disable-next-line no-control-regex -- escapes are control characters
  /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** `text` as it reads on a terminal, without what colours it there. */
export function withoutColours(text: string): string {
  return text.replace(escapes, "");
}
