import type { InputReader } from "../kit/inputs.js";
import { nearest } from "../kit/unknown-inputs.js";
import type { Check, CheckDefaults } from "./check.js";
import { CheckFields, type TellProblem } from "./check-fields.js";
import { nameOf } from "./check-name.js";
import { type OwnFields, type ReadingTools, readHttp, readTcp } from "./http-fields.js";
import {
  readCommand,
  readContainer,
  readLogs,
  readPostgres,
  readRedis,
  readServerLoad,
} from "./server-fields.js";
import { readYamlItems, type YamlProblem } from "./yaml-items.js";

type Own = {
  readonly [K in Check["kind"]]: OwnFields<Extract<Check, { readonly kind: K }>>;
}[Check["kind"]];

const kinds: Readonly<Record<Check["kind"], (fields: CheckFields, tools: ReadingTools) => Own>> = {
  http: readHttp,
  tcp: readTcp,
  container: readContainer,
  command: readCommand,
  logs: readLogs,
  postgres: readPostgres,
  redis: readRedis,
  server: readServerLoad,
};

const kindNames = Object.keys(kinds) as readonly Check["kind"][];
const nameForm = {
  accepted: "text on one line, of at most 60 characters",
  example: "backend",
} as const;
const example = "- http: https://app.example/health";

/** Reads the YAML list in the input `checks`; everything wrong with it is told to `reader`, with its line. */
export function readChecks(
  reader: InputReader,
  defaults: CheckDefaults,
  tools: ReadingTools,
): readonly Check[] {
  const text = reader.block("checks");
  if (text === "") return [];
  const problems: YamlProblem[] = [];
  const tell: TellProblem = (line, what, remedy) => void problems.push({ line, what, remedy });
  const checks = checksIn(text, tell, defaults, tools);
  for (const { line, what, remedy } of problems.toSorted((a, b) => a.line - b.line))
    reader.problemInside("checks", `line ${String(line)}: ${what}`, remedy);
  return checks;
}

function checksIn(
  text: string,
  tell: TellProblem,
  defaults: CheckDefaults,
  tools: ReadingTools,
): readonly Check[] {
  const items = readYamlItems(text);
  if ("what" in items) {
    tell(items.line, items.what, items.remedy);
    return [];
  }
  const read = items.flatMap(({ line, fields }) => {
    if (fields !== undefined)
      return readCheck(new CheckFields(line, fields, tell), defaults, tools) ?? [];
    tell(line, "is no check, which is a mapping of keys", `Write for example \`${example}\`.`);
    return [];
  });
  return uniquelyNamed(read);
}

interface Read {
  readonly check: Check;
  /** The name was made up by us. */
  readonly unnamed: boolean;
  readonly fields: CheckFields;
}

function readCheck(
  fields: CheckFields,
  defaults: CheckDefaults,
  tools: ReadingTools,
): Read | undefined {
  const kind = kindOf(fields);
  if (kind === undefined) return undefined;
  const given = fields.parsed<string | undefined>("name", undefined, nameForm, (text) =>
    /^[^\p{Cc}]{1,60}$/u.test(text) ? text : undefined,
  );
  const base = {
    intervalMs: fields.duration("interval", defaults.intervalMs, "100ms", "10m"),
    attemptTimeoutMs: fields.duration("attempt-timeout", defaults.attemptTimeoutMs, "100ms", "10m"),
    successes: fields.integer("successes", defaults.successes, 1, 100),
  };
  const own = kinds[kind](fields, tools);
  fields.refuseUnknown(`${/^(?:[aeiou]|http)/.test(kind) ? "an" : "a"} ${kind} check`);
  const name = given ?? nameOf(own);
  return { check: { name, ...base, ...own } as Check, unnamed: given === undefined, fields };
}

function kindOf(fields: CheckFields): Check["kind"] | undefined {
  const found = kindNames.filter((kind) => fields.names.includes(kind));
  const [kind] = found;
  if (found.length === 1) return kind;
  if (found.length > 1) {
    const remedy = "Begin a new item for each of them.";
    fields.tell(
      found[1] ?? "",
      `and \`${String(kind)}\` are two kinds of check in one item`,
      remedy,
    );
    return undefined;
  }
  const [first = ""] = fields.names;
  const meant = fields.names.map((name) => nearest(name, kindNames)).find(Boolean);
  const hint = meant === undefined ? "" : `: did you mean \`${meant}\`?`;
  const remedy = `Kinds are ${kindNames.join(", ")}; write for example \`${example}\`.`;
  fields.tell(first, `is no kind of check${hint}`, remedy);
  return undefined;
}

/** Names tell checks apart: one that we made up gets a number, one that the user gave twice is refused. */
function uniquelyNamed(all: readonly Read[]): readonly Check[] {
  const taken = new Set<string>();
  return all.map(({ check, unnamed, fields }) => {
    let { name } = check;
    if (taken.has(name) && !unnamed)
      fields.tell("name", "is the name of an earlier check too", "Give each check its own name.");
    for (let number = 2; taken.has(name) && unnamed; number += 1)
      name = `${check.name} (${String(number)})`;
    taken.add(name);
    return { ...check, name };
  });
}
