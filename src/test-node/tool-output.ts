import type { Placer } from "../checks/places.js";
import type { Finding } from "../checks/result.js";
import { withoutColours } from "../kit/colours.js";

const plainTsc =
  /^(?<file>[^\s(][^(\n]*)\((?<line>\d+),\d+\): (?<level>error|warning) (?<message>TS\d+: .*)$/gm;
const prettyTsc =
  /^(?<file>[^\s:][^:\n]*):(?<line>\d+):\d+ - (?<level>error|warning) (?<message>TS\d+: .*)$/gm;
const nextBuild = /^\.\/(?<file>[^\s:]+):(?<line>\d+):\d+\n(?<message>Type error: .*)$/gm;
const prettierStyle = /^\[warn\] (?<file>(?!Code style issues|Ignored)\S.*)$/gm;
const prettierSyntax =
  /^\[error\] (?<file>[^:\n]+): (?<message>SyntaxError: .*) \((?<line>\d+):\d+\)$/gm;

/** What TypeScript, or a build that runs it, found wrong, with file and line. */
export function typeFindings(output: string, place: Placer): readonly Finding[] {
  const text = withoutColours(output);
  return [plainTsc, prettyTsc, nextBuild].flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap(({ groups }) => findingOf(groups, place)),
  );
}

/** The files that Prettier would write otherwise, and those that it cannot read. */
export function formatFindings(output: string, place: Placer): readonly Finding[] {
  const text = withoutColours(output);
  const message = "Not formatted as Prettier writes it";
  return [
    ...[...text.matchAll(prettierSyntax)].flatMap(({ groups }) => findingOf(groups, place)),
    ...[...text.matchAll(prettierStyle)].flatMap(({ groups }) =>
      findingOf({ message, ...groups }, place),
    ),
  ];
}

function findingOf(
  groups: Readonly<Record<string, string | undefined>> | undefined,
  place: Placer,
): readonly Finding[] {
  const { file = "", line, message = "", level } = groups ?? {};
  const where = place(file, line === undefined ? undefined : Number(line));
  const text = where === undefined ? `${file}: ${message}` : message;
  return [
    {
      level: level === "warning" ? "warning" : "error",
      message: text,
      ...(where && { place: where }),
    },
  ];
}
