/** One variable of an `env` input. */
export interface EnvVariable {
  readonly name: string;
  readonly value: string;
}

/** What `K=V` lines say, and what is wrong with them; no problem ever quotes a value. */
export interface EnvLines {
  readonly values: readonly EnvVariable[];
  readonly problems: readonly string[];
}

/** Which names are good, also in words. */
export interface NamePattern {
  readonly pattern: RegExp;
  readonly words: string;
}

const variableNames: NamePattern = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  words: "letters, digits and _",
};

interface Value {
  readonly text: string;
  /** How many lines it takes. */
  readonly lines: number;
}

/**
 * Reads `K=V` lines. A value is taken literally to the end of its line, except when it begins with `"`
 * (up to the closing `"`, with the escapes \n \t \" \\ \$) or with `'` (literally up to the closing `'`);
 * both may span lines. Blank lines and lines that begin with `#` are ignored, as is a leading `export `.
 * Names are those of variables, unless `names` lets others through.
 */
export function parseEnvLines(text: string, names: NamePattern = variableNames): EnvLines {
  const lines = text.split(/\r?\n/);
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at]?.trimStart() ?? "";
    const read = line === "" || line.startsWith("#") ? 1 : readVariable(lines, at, names, values);
    if (typeof read === "string") problems.push(`line ${at + 1}: ${read}`);
    at += typeof read === "number" ? read : 1;
  }
  return { values: [...values].map(([name, value]) => ({ name, value })), problems };
}

/** Adds the variable that begins at line `at`; returns how many lines it took, or what is wrong. */
function readVariable(
  lines: readonly string[],
  at: number,
  names: NamePattern,
  values: Map<string, string>,
): number | string {
  const match = /^\s*(?:export\s+)?([^=\s]+)=(.*)$/s.exec(lines[at] ?? "");
  const [, name = "", start = ""] = match ?? [];
  // What is no name may be part of a secret, so it is not quoted.
  if (!names.pattern.test(name)) return `not of the form NAME=value, with a name of ${names.words}`;
  if (name.startsWith("BELAY_"))
    return `\`${name}\` is reserved: names with BELAY_ are set by Belay`;
  const value = readValue([start, ...lines.slice(at + 1)]);
  if (typeof value === "string") return `the value of \`${name}\` ${value}`;
  if (value.text.includes("\0")) return `the value of \`${name}\` holds a NUL character`;
  if (values.has(name)) return `\`${name}\` is given twice`;
  values.set(name, value.text);
  return value.lines;
}

function readValue(lines: readonly string[]): Value | string {
  const [first = ""] = lines;
  if (first.startsWith('"')) return readQuoted(lines, /^"((?:[^"\\]|\\.)*)"/s, '"', unescape);
  if (first.startsWith("'")) return readQuoted(lines, /^'([^']*)'/, "'", (text) => text);
  return { text: first, lines: 1 };
}

function readQuoted(
  lines: readonly string[],
  pattern: RegExp,
  quote: string,
  decode: (text: string) => string,
): Value | string {
  const rest = lines.join("\n");
  const match = pattern.exec(rest);
  if (match === null) return `begins with ${quote} and has no closing ${quote}`;
  const [whole, inner = ""] = match;
  const after = rest.slice(whole.length).split("\n", 1)[0] ?? "";
  if (after.trim() !== "") return `goes on after its closing ${quote}`;
  return { text: decode(inner), lines: whole.split("\n").length };
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  '"': '"',
  "\\": "\\",
  $: "$",
};

/** Resolves the known escapes; any other backslash stays as it is. */
function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, (whole, character: string) => escapes[character] ?? whole);
}
