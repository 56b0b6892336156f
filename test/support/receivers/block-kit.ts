// What Slack accepts as blocks of a message, for the kinds that are used here.
//
// Known, from docs.slack.dev (reference/block-kit): at most 50 blocks; header: plain_text of 1 to 150
// characters; section: text of 1 to 3,000, at most 10 fields of at most 2,000; rich_text: sections, lists,
// preformatted and quotes, with elements text, link, user, usergroup, broadcast, emoji and channel; the ranges
// of a broadcast; block_id at most 255. The wording "must be less than N characters [json-pointer:/…]" and "no
// more than N items allowed" is that of answers quoted in public issues (slackapi/java-slack-sdk 1017,
// activepieces 11171, adobe/spacecat-api-service 176).
// Known from public issues, without a documented limit: all blocks together end in `msg_blocks_too_long`;
// measured between 11,300 and 13,300 characters (slackapi/bolt-js 2509, 2867). The lower end is taken, less 10 %.
// Assumed: that characters are UTF-16 units (nowhere written; the strictest reading), that an empty text is
// refused everywhere, and that keys which are not documented are refused.

export interface Finding {
  readonly problem: string;
  readonly pointer: string;
}

type Json = Readonly<Record<string, unknown>>;

/** What Slack would name as wrong with `blocks`; nothing when it takes them. */
export function blockFindings(blocks: unknown): readonly Finding[] {
  if (!Array.isArray(blocks)) return [finding("must be an array", "/blocks")];
  const tooMany = blocks.length > 50 ? [finding("no more than 50 items allowed", "/blocks")] : [];
  return [...tooMany, ...blocks.flatMap((block, at) => blockOf(block, `/blocks/${String(at)}`))];
}

/** All text of the blocks together. */
export function charactersOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + charactersOf(one), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [name, member]) =>
      sum +
      ((name === "text" || name === "url") && typeof member === "string"
        ? member.length
        : charactersOf(member)),
    0,
  );
}

function blockOf(block: unknown, pointer: string): readonly Finding[] {
  if (!isObject(block)) return [finding("must be an object", pointer)];
  const { type } = block;
  if (type === "header")
    return [
      ...keys(block, ["text"], pointer),
      ...textObject(block["text"], 150, `${pointer}/text`),
    ];
  if (type === "section") return section(block, pointer);
  if (type === "divider") return keys(block, [], pointer);
  if (type === "rich_text")
    return [...keys(block, ["elements"], pointer), ...list(block, pointer, richPart)];
  return [finding(`unsupported type: ${String(type)}`, pointer)];
}

function section(block: Json, pointer: string): readonly Finding[] {
  const { text, fields } = block;
  const items = Array.isArray(fields) ? fields : [];
  return [
    ...keys(block, ["text", "fields"], pointer),
    ...(text === undefined && items.length === 0
      ? [finding("must define either `text` or `fields`", pointer)]
      : []),
    ...(text === undefined ? [] : textObject(text, 3000, `${pointer}/text`)),
    ...(items.length > 10 ? [finding("no more than 10 items allowed", `${pointer}/fields`)] : []),
    ...items.flatMap((item, at) => textObject(item, 2000, `${pointer}/fields/${String(at)}`)),
  ];
}

function textObject(value: unknown, max: number, pointer: string): readonly Finding[] {
  if (!isObject(value)) return [finding("missing required field: text", pointer)];
  const { type, emoji } = value;
  const isPlain = type === "plain_text" && (emoji === undefined || typeof emoji === "boolean");
  return [
    ...(isPlain || type === "mrkdwn" ? [] : [finding("must be a text object", pointer)]),
    ...string(value["text"], max, `${pointer}/text`),
  ];
}

function richPart(part: Json, pointer: string): readonly Finding[] {
  const { type } = part;
  if (
    type === "rich_text_section" ||
    type === "rich_text_quote" ||
    type === "rich_text_preformatted"
  )
    return [...keys(part, ["elements"], pointer), ...list(part, pointer, richElement)];
  if (type === "rich_text_list") {
    const good = part["style"] === "bullet" || part["style"] === "ordered";
    return [
      ...keys(part, ["elements", "style"], pointer),
      ...(good ? [] : [finding("must be bullet or ordered", `${pointer}/style`)]),
      ...list(part, pointer, richPart),
    ];
  }
  return [finding(`unsupported type: ${String(type)}`, pointer)];
}

function richElement(element: Json, pointer: string): readonly Finding[] {
  const { type, style } = element;
  const styles = isObject(style) ? Object.keys(style) : [];
  const wrong = styles.filter((name) => !["bold", "italic", "strike", "code"].includes(name));
  const inStyle = wrong.map((name) => finding(`invalid additional property: ${name}`, pointer));
  if (type === "text")
    return [
      ...inStyle,
      ...keys(element, ["text", "style"], pointer),
      ...string(element["text"], 40_000, `${pointer}/text`),
    ];
  if (type === "link")
    return [
      ...inStyle,
      ...keys(element, ["url", "text", "style"], pointer),
      ...(/^https?:\/\/\S+$/.test(String(element["url"]))
        ? string(element["url"], 3000, `${pointer}/url`)
        : [finding("invalid url", `${pointer}/url`)]),
      ...string(element["text"], 40_000, `${pointer}/text`),
    ];
  return mentionElement(element, pointer);
}

const ids: Readonly<Record<string, readonly [string, RegExp]>> = {
  user: ["user_id", /^[UW][A-Z0-9]+$/],
  usergroup: ["usergroup_id", /^S[A-Z0-9]+$/],
  broadcast: ["range", /^(?:here|channel|everyone)$/],
};

function mentionElement(element: Json, pointer: string): readonly Finding[] {
  const [name, pattern] = ids[String(element["type"])] ?? [];
  if (name === undefined || pattern === undefined)
    return [finding(`unsupported type: ${String(element["type"])}`, pointer)];
  return [
    ...keys(element, [name], pointer),
    ...(pattern.test(String(element[name])) ? [] : [finding("invalid", `${pointer}/${name}`)]),
  ];
}

function list(
  holder: Json,
  pointer: string,
  item: (item: Json, pointer: string) => readonly Finding[],
): readonly Finding[] {
  const { elements } = holder;
  if (!Array.isArray(elements) || elements.length === 0)
    return [finding("must have at least 1 item", `${pointer}/elements`)];
  return elements.flatMap((one, at) => {
    const place = `${pointer}/elements/${String(at)}`;
    return isObject(one) ? item(one, place) : [finding("must be an object", place)];
  });
}

function string(value: unknown, max: number, pointer: string): readonly Finding[] {
  if (typeof value !== "string") return [finding("must be a string", pointer)];
  if (value === "") return [finding("must be more than 0 characters", pointer)];
  if (!value.isWellFormed()) return [finding("must be valid unicode", pointer)];
  return value.length > max
    ? [finding(`must be less than ${String(max + 1)} characters`, pointer)]
    : [];
}

function keys(value: Json, allowed: readonly string[], pointer: string): readonly Finding[] {
  const known = ["type", "block_id", ...allowed];
  const more = Object.keys(value).filter((name) => !known.includes(name));
  return more.map((name) => finding(`invalid additional property: ${name}`, pointer));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function finding(problem: string, pointer: string): Finding {
  return { problem, pointer };
}
