import { peerInputs } from "./peer-inputs.js";

/**
 * One line for each name of `present` that `action` does not know and that looks like one of `known`, or is
 * what another action calls it. Other unknown names are left to the runner's own warning.
 */
export function unknownInputs(
  action: string,
  present: readonly string[],
  known: readonly string[],
): readonly string[] {
  return present.flatMap((name) => {
    const meant = known.includes(name) ? undefined : whatIsMeant(name, known);
    return meant === undefined
      ? []
      : [`\`${name}\` is not an input of ${action}: did you mean \`${meant}\`?`];
  });
}

function whatIsMeant(name: string, known: readonly string[]): string | undefined {
  const hyphenated = name.replaceAll(/[_ ]/g, "-");
  const peer = peerInputs
    .get(hyphenated.replaceAll("-", "_"))
    ?.find((input) => known.includes(input));
  return known.find((input) => input === hyphenated) ?? peer ?? nearest(hyphenated, known);
}

/** The one of `known` that takes the fewest changed letters, at most one for each four of them. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const limit = Math.min(3, Math.floor(name.length / 4));
  const rated = known.map((input) => ({ input, changes: distance(name, input) }));
  return rated.filter(({ changes }) => changes <= limit).sort((a, b) => a.changes - b.changes)[0]
    ?.input;
}

/** How many letters must be added, removed or replaced to turn one text into the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [line, letter] of from.split("").entries()) {
    const next = [line + 1];
    for (const [at, other] of to.split("").entries()) {
      const replaced = (row[at] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
