import fc from "fast-check";

/** A program of this name is put on every PATH; whoever runs it was tricked. */
export const trap = "hacked";

const attacks = [
  `$(${trap})`,
  `\`${trap}\``,
  `'; ${trap}; '`,
  `"; ${trap}; "`,
  `'$(${trap})'`,
  `"$(${trap})"`,
  `\\$(${trap})`,
  `\\'; ${trap} #`,
  `; ${trap} #`,
  `| ${trap}`,
  `& ${trap} &`,
  `&& ${trap}`,
  `|| ${trap}`,
  `--checkpoint-action=exec=${trap}`,
  `-I${trap}`,
  `%0A${trap}%0A`,
  `\${IFS}$(${trap})`,
  `\${x:-$(${trap})}`,
  `$((a[$(${trap})]))`,
  `<(${trap})`,
  `!${trap}`,
  `{${trap},}`,
  `'"'"'; ${trap}; '"'"'`,
  `\\\\"$(${trap})\\\\"`,
  `::error::${trap}`,
] as const;

const junk = fc.string({
  unit: fc.constantFrom(
    ...Array.from("'\"`$\\;&|<>(){}[]*?!#~=%^@:, -"),
    "é",
    "ß",
    "漢",
    "🚀",
    "\u202e",
    "\u00a0",
    "--",
    "$(",
    "${",
    "%s",
    "&&",
  ),
  maxLength: 6,
});

/** One line without control characters, with an attempt to have `hacked` run; begins and ends plainly. */
export const hostileLine = fc
  .tuple(junk, fc.constantFrom(...attacks), junk)
  .map(([before, attack, after]) => `h${before}${attack}${after}h`);

/** The same as a name of a file or a database: no slash, and at most 60 bytes. */
export const hostileName = hostileLine.map((line) => {
  const cut = Buffer.from(line.replaceAll("/", "")).subarray(0, 50).toString();
  return `${cut}h`;
});

/** Begins with the attack itself, as a value that should be a word or a number, and has what no plain word has. */
export const hostileWord = fc
  .tuple(fc.constantFrom("", "-", "--", "1", "a "), fc.constantFrom(...attacks), junk)
  .map(([before, attack, after]) => `${before}${attack}${after}`)
  .filter((word) => /[^A-Za-z0-9_./+= -]/.test(word));

/** Several lines of it. */
export const hostileText = fc
  .array(hostileLine, { minLength: 2, maxLength: 3 })
  .map((lines) => lines.join("\n"));
