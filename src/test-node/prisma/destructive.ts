import type { Migration } from "./migrations.js";

/** A statement that takes data away, and where it stands. */
export interface Destructive {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/\bdrop\s+table\b(?:\s+if\s+exists)?\s+(?<name>[\w".]+)/i, "drops the table"],
  [/\bdrop\s+column\b(?:\s+if\s+exists)?\s+(?<name>[\w".]+)/i, "drops the column"],
  [/\btruncate\b(?:\s+table)?\s+(?<name>[\w".]+)/i, "empties the table"],
  [/\bdelete\s+from\s+(?<name>[\w".]+)/i, "deletes rows of"],
  [
    /\bdrop\s+(?:schema|type|view|materialized\s+view)\b(?:\s+if\s+exists)?\s+(?<name>[\w".]+)/i,
    "drops",
  ],
  [
    /\balter\s+column\s+(?<name>[\w".]+)\s+(?:set\s+data\s+)?type\b/i,
    "changes the type of the column",
  ],
];

/** The statements of a migration that take data away or rewrite it. */
export function destructiveStatements({ file, sql }: Migration): readonly Destructive[] {
  return withoutComments(sql)
    .split("\n")
    .flatMap((line, at) =>
      kinds.flatMap(([pattern, what]) => {
        const name = pattern.exec(line)?.groups?.["name"];
        return name === undefined
          ? []
          : [{ file, line: at + 1, what: `${what} ${name.replaceAll('"', "")}` }];
      }),
    );
}

/** With as many lines as before; a comment in a text is none, but a text holds no statement either. */
function withoutComments(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[^]*?\*\//g, (part) =>
    part.replace(/[^\n]/g, " "),
  );
}

/** The line that speaks of what changed; the first one where none does. */
export function lineOf(change: string, sql: string): number {
  const words = (
    /\b(?:table|column|on) (\S+)/.exec(change)?.[1] ??
    change.split(" ")[0] ??
    ""
  ).split(".");
  const lines = withoutComments(sql).split("\n");
  const found = lines.findIndex((line) => line.includes(words.at(-1) ?? ""));
  return found === -1 ? 1 : found + 1;
}
