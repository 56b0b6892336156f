/** The statuses that count as healthy where none are named. */
export const usualStatus = [[200, 299]] as const;

/** Why `text` is no address that may be asked; undefined when it is one. Never holds the text. */
export function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return "one http:// or https:// address";
  if (url.username === "" && url.password === "") return undefined;
  return "an address without user and password; send those by `header`";
}
