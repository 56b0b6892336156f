import type { InputReader } from "../kit/inputs.js";
import type { RichElement } from "./rich-text.js";

/** Somebody who is pinged; names cannot be looked up without further rights, so people are named by id. */
export type Mention =
  | { readonly kind: "broadcast"; readonly range: "here" | "channel" | "everyone" }
  | { readonly kind: "user" | "group"; readonly id: string };

/** Reads `mention-on-failure`: ids, `@here` or `@channel`, by lines, commas or spaces. */
export function readMentions(reader: InputReader): readonly Mention[] {
  const words = reader.lines("mention-on-failure").flatMap((line) => line.split(/[\s,]+/));
  return words
    .filter((word) => word !== "")
    .flatMap((word) => {
      const mention = asMention(word);
      if (mention !== undefined) return [mention];
      const accepted =
        "@here, @channel, the ID of a member (U…) or of a group (S…): Slack shows it in the profile's menu";
      reader.problem("mention-on-failure", { given: word, accepted, example: "U012AB3CDE" });
      return [];
    });
}

function asMention(word: string): Mention | undefined {
  const broadcast = /^(?:@|<!)?(here|channel|everyone)>?$/.exec(word)?.[1];
  if (broadcast !== undefined)
    return { kind: "broadcast", range: broadcast as "here" | "channel" | "everyone" };
  const user = /^(?:<?@)?([UW][A-Z0-9]{5,})>?$/.exec(word)?.[1];
  if (user !== undefined) return { kind: "user", id: user };
  const group = /^(?:<!subteam\^|@)?(S[A-Z0-9]{5,})>?$/.exec(word)?.[1];
  return group === undefined ? undefined : { kind: "group", id: group };
}

/** The mention as a part of rich text. */
export function mentionElement(mention: Mention): RichElement {
  if (mention.kind === "broadcast") return { type: "broadcast", range: mention.range };
  return mention.kind === "user"
    ? { type: "user", user_id: mention.id }
    : { type: "usergroup", usergroup_id: mention.id };
}

/** The mention in the text that notifications show. */
export function mentionText(mention: Mention): string {
  if (mention.kind === "broadcast") return `<!${mention.range}>`;
  return mention.kind === "user" ? `<@${mention.id}>` : `<!subteam^${mention.id}>`;
}
