import { escapeMarkdown } from "../kit/escape-markdown.js";
import type { Evidence } from "./rollout/evidence.js";

const mostLines = 20;
const longestLine = 300;

/** A box for the summary with the cause of a failure, and the events and last log lines that led to it. */
export function causeBox(cause: string, evidence: Evidence | undefined): string {
  const { events, logs } = evidence ?? { events: [], logs: [] };
  const parts = [
    [`**${escapeMarkdown(cause)}**`],
    ...(events.length === 0 ? [] : [events.map((event) => `- ${escapeMarkdown(event)}`)]),
    ...logs.map(({ title, text }) => [`${escapeMarkdown(title)}:`, "", ...fenced(text)]),
  ];
  const lines = parts.flatMap((part) => ["", ...part]).slice(1);
  return ["[!CAUTION]", ...lines].map((line) => `> ${line}`.trimEnd()).join("\n");
}

/** Its end as a block of code, whose fence is longer than any that the text holds. */
function fenced(text: string): readonly string[] {
  const lines = text
    .trimEnd()
    .split(/\r\n|[\r\n]/)
    .slice(-mostLines);
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([marks]) => marks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, ...lines.map((line) => line.slice(0, longestLine)), fence];
}
