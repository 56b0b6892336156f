import { formatDuration } from "../kit/duration.js";
import { cutText } from "../kit/cut-text.js";
import { oneLine } from "../kit/one-line.js";
import { jobsBlock } from "./jobs.js";
import { type Mention, mentionElement, mentionText } from "./mention.js";
import { reportsBlock } from "./report-block.js";
import { link, type RichBlock, richBlock, type RichElement, Room, text } from "./rich-text.js";
import { reportsOf, type Story } from "./story.js";
import { looks } from "./verdict.js";

export interface HeaderBlock {
  readonly type: "header";
  readonly text: { readonly type: "plain_text"; readonly text: string; readonly emoji: false };
}

/** A message as Slack takes it, whichever way it goes. */
export interface Message {
  /** For notifications and screen readers. */
  readonly text: string;
  readonly blocks: readonly (HeaderBlock | RichBlock)[];
}

const longestHeader = 150;
/** Slack counts all blocks together and refuses from about 12,000 characters on; these stay well below. */
const room = { message: 2800, fields: 800, where: 900 } as const;

/** The message that tells `story`, with `mentions` first. Always within Slack's limits. */
export function messageOf(story: Story, mentions: readonly Mention[] = []): Message {
  const blocks = [
    mentionBlock(mentions),
    richBlock([[text(new Room(room.message).lines(story.message, room.message))]]),
    reportsBlock(reportsOf(story)),
    jobsBlock(story.jobs),
    fieldsBlock(story),
    whereBlock(story),
  ];
  return {
    text: fallback(story, mentions),
    blocks: [header(story), ...blocks.filter((block) => block !== undefined)],
  };
}

/** What it is about, and how it ended: `❌ Deploy failed (production)`. */
export function headline({ kind, title, environment }: Story): string {
  const { sign, words } = looks[kind];
  const place = environment === "" ? "" : ` (${oneLine(environment, 40)})`;
  const rest = ` ${words}${place}`;
  return `${sign} ${cutText(oneLine(title), longestHeader - sign.length - 1 - rest.length)}${rest}`;
}

function header(story: Story): HeaderBlock {
  return { type: "header", text: { type: "plain_text", text: headline(story), emoji: false } };
}

/** Here Slack parses; three characters are all that its text has to be escaped for. */
function fallback(story: Story, mentions: readonly Mention[]): string {
  const cause = reportsOf(story).find(({ error }) => error !== undefined)?.error?.message ?? "";
  const line = cause === "" ? headline(story) : `${headline(story)}: ${oneLine(cause, 200)}`;
  const escaped = line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [...mentions.map(mentionText), escaped].join(" ");
}

function mentionBlock(mentions: readonly Mention[]): RichBlock | undefined {
  return richBlock([mentions.flatMap((mention) => [mentionElement(mention), text(" ")])]);
}

function fieldsBlock({ fields }: Story): RichBlock | undefined {
  const space = new Room(room.fields);
  const lines = fields.flatMap(({ name, value }): readonly RichElement[] =>
    space.isSpent
      ? []
      : [text(`${space.line(name, 60)}: `, { bold: true }), text(`${space.line(value, 300)}\n`)],
  );
  return richBlock([lines]);
}

function whereBlock(story: Story): RichBlock | undefined {
  const space = new Room(room.where);
  const { repository, repositoryUrl, branch, actor, durationMs } = story;
  const place = separated(" · ", [
    repository === "" ? [] : [link(space.line(repository, 140), repositoryUrl)],
    branch === "" ? [] : [text(space.line(branch, 120), { code: true })],
    actor === "" ? [] : [text(`by ${space.line(actor, 60)}`)],
    durationMs === undefined ? [] : [text(`after ${formatDuration(durationMs)}`)],
  ]);
  const links = separated(" · ", [
    linkUnlessEmpty("Run", story.runUrl),
    linkUnlessEmpty("Changes", story.compareUrl),
    linkUnlessEmpty("Pull request", story.pullRequestUrl),
  ]);
  return richBlock([separated("\n", [place, commitLine(story, space), links])]);
}

function commitLine({ commit, commitUrl }: Story, space: Room): readonly RichElement[] {
  if (commit === undefined) return [];
  const subject = space.line(commit.subject, 200);
  const author = space.line(commit.author, 60);
  return [
    link(commit.sha.slice(0, 7), commitUrl),
    text(subject === "" ? "" : ` ${subject}`),
    text(author === "" ? "" : ` – ${author}`),
  ];
}

function linkUnlessEmpty(words: string, url: string): readonly RichElement[] {
  return url === "" ? [] : [link(words, url)];
}

/** The parts that are not empty, with `separator` between them. */
function separated(
  separator: string,
  parts: readonly (readonly RichElement[])[],
): readonly RichElement[] {
  const filled = parts.filter((part) => part.length > 0);
  return filled.flatMap((part, index) => (index === 0 ? part : [text(separator), ...part]));
}
