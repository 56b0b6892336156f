import { expect } from "vitest";
import type { Site } from "../site.js";

/** What `belay history` says of each closed operation, oldest first. */
export async function history(site: Site): Promise<readonly string[]> {
  const { code, stdout, stderr } = await site.belay("history");
  expect(code, stderr).toBe(0);
  return stdout.split("\n").filter((line) => line !== "");
}

/**
 * The lines that came after `before`: none when the operation was not yet open, else one that says how it ended and,
 * when it was undone or left unconfirmed, for which of `reasons`.
 */
export async function expectTold(
  site: Site,
  before: readonly string[],
  reasons: RegExp,
): Promise<string | undefined> {
  const now = await history(site);
  expect(now.slice(0, before.length)).toEqual(before);
  const [line, ...more] = now.slice(before.length);
  expect(more).toEqual([]);
  if (line === undefined) return undefined;
  expect(line).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ deploy \S+ (confirmed|undone|unconfirmed): /,
  );
  expect(line).toContain("; by ada, https://github.com/ada/climbing/actions/runs/");
  if (!line.includes(" confirmed: ")) {
    expect(line).toMatch(reasons);
    expect(line).toMatch(/; last step: [a-z]+/);
  }
  const serving = (await site.current()) ?? "";
  expect(line).toMatch(new RegExp(`${serving} (serves|is healthy)`));
  console.log(line);
  return line;
}
