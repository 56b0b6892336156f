import type { Story } from "./story.js";

/** `story` with every text of it hidden as `hide` says: a channel has more readers than a log. */
export function redacted(story: Story, hide: (text: string) => string): Story {
  return walk(story, hide) as Story;
}

function walk(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === "string") return hide(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, hide));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, walk(member, hide)]),
  );
}
