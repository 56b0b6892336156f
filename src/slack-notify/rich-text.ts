import { cutText, printable } from "../kit/cut-text.js";
import { oneLine } from "../kit/one-line.js";

/** A part of rich text: nothing in it is parsed by Slack, so nothing in it can break or ping. */
export type RichElement =
  | { readonly type: "text"; readonly text: string; readonly style?: TextStyle }
  | { readonly type: "link"; readonly url: string; readonly text: string }
  | { readonly type: "user"; readonly user_id: string }
  | { readonly type: "usergroup"; readonly usergroup_id: string }
  | { readonly type: "broadcast"; readonly range: "here" | "channel" | "everyone" };

export interface TextStyle {
  readonly bold?: true;
  readonly code?: true;
}

export interface RichSection {
  readonly type: "rich_text_section";
  readonly elements: readonly RichElement[];
}

export interface RichList {
  readonly type: "rich_text_list";
  readonly style: "bullet";
  readonly elements: readonly RichSection[];
}

export interface RichBlock {
  readonly type: "rich_text";
  readonly elements: readonly (RichSection | RichList)[];
}

/** Hands out the characters that a block may hold; who comes when they are used up gets none. */
export class Room {
  #left: number;

  constructor(characters: number) {
    this.#left = characters;
  }

  /** `value` on one line of at most `max` characters. */
  line(value: string, max: number): string {
    return this.#take(oneLine(value), max);
  }

  /** `value` with its lines. */
  lines(value: string, max: number): string {
    return this.#take(printable(value), max);
  }

  /** Whether a line still makes sense. */
  get isSpent(): boolean {
    return this.#left < 20;
  }

  #take(value: string, max: number): string {
    const cut = cutText(value, Math.min(max, this.#left));
    this.#left -= cut.length;
    return cut;
  }
}

export function text(value: string, style?: TextStyle): RichElement {
  return style === undefined ? { type: "text", text: value } : { type: "text", text: value, style };
}

/** A link, or its words where the address is none that Slack takes. */
export function link(words: string, url: string): RichElement {
  const isLink = url.length <= 2000 && /^https?:\/\/[^\s<>|]+$/.test(url);
  return isLink ? { type: "link", url, text: words } : text(words);
}

/** A block of `parts` that are not empty; undefined when all are. Slack refuses an empty text. */
export function richBlock(
  parts: readonly (readonly RichElement[] | RichList)[],
): RichBlock | undefined {
  const elements = parts.flatMap((part): readonly (RichSection | RichList)[] => {
    if (isList(part)) return part.elements.length === 0 ? [] : [part];
    return sections([part]);
  });
  return elements.length === 0 ? undefined : { type: "rich_text", elements };
}

export function bullets(items: readonly (readonly RichElement[])[]): RichList {
  return { type: "rich_text_list", style: "bullet", elements: sections(items) };
}

function sections(items: readonly (readonly RichElement[])[]): readonly RichSection[] {
  return items
    .map((item) => item.filter((element) => element.type !== "text" || element.text !== ""))
    .filter((item) => item.length > 0)
    .map((elements) => ({ type: "rich_text_section", elements }));
}

function isList(part: readonly RichElement[] | RichList): part is RichList {
  return !Array.isArray(part);
}
