import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  YAMLException,
} from "js-yaml/browser";

/** What stands under one key, and in which line (from 1) the key does. */
export interface Field {
  readonly line: number;
  readonly value: unknown;
}

/** One item of a list; without fields where it is no mapping. */
export interface YamlItem {
  readonly line: number;
  readonly fields?: ReadonlyMap<string, Field>;
}

/** What is wrong in a line (from 1) of the text; nothing secret stands in it. */
export interface YamlProblem {
  readonly line: number;
  readonly what: string;
  readonly remedy: string;
}

/**
 * Reads YAML 1.2 that is one list, and where in it each item and each of its keys stands. Of what keeps a text from being
 * one nothing is quoted: it may hold a secret.
 */
export function readYamlItems(text: string): readonly YamlItem[] | YamlProblem {
  try {
    const events = parseEvents(text, {});
    const documents = constructFromEvents(events, { source: text, schema: CORE_SCHEMA });
    const [list] = documents;
    if (documents.length === 1 && Array.isArray(list)) return itemsOf(list, events, text);
    return noList(text, documents.length > 1);
  } catch (error) {
    if (error instanceof YAMLException) return noYaml(error);
    throw error;
  }
}

function noList(text: string, several: boolean): YamlProblem {
  if (several) {
    const lines = text.split("\n");
    const line = lines.findLastIndex((one) => one.startsWith("---")) + 1;
    const remedy = "Leave the line `---` out: all checks are one list.";
    return { line, what: "begins a second document", remedy };
  }
  const remedy = "Begin each check with a dash, for example `- http: https://app.example/health`.";
  return { line: 1, what: "is no list of checks", remedy };
}

/** The library's reasons quote names of the text at their end only. */
function noYaml({ reason, mark }: YAMLException): YamlProblem {
  const remedy = "Mend the YAML; a text that begins with a special character needs quotes.";
  const words = reason.replace(/\s*(?:["<:]|!<).*$/s, "");
  return { line: (mark?.line ?? 0) + 1, what: `is no YAML: ${words}`, remedy };
}

/** The events of a list: one for the document, one for the list, then those of its items, each with its end. */
function itemsOf(list: readonly unknown[], events: readonly Event[], text: string): YamlItem[] {
  const items: YamlItem[] = [];
  const within = events.slice(2, -2);
  for (let index = 0; index < within.length;) {
    const end = endOf(within, index);
    items.push(itemOf(list[items.length], within.slice(index, end), text));
    index = end;
  }
  return items;
}

function itemOf(value: unknown, events: readonly Event[], text: string): YamlItem {
  const [first] = events;
  const line = lineOf(first, text);
  if (first?.type !== EVENT_ID.MAPPING) return { line };
  const fields = new Map<string, Field>();
  for (let index = 1; index < events.length - 1;) {
    const key = events[index];
    const name = key?.type === EVENT_ID.SCALAR ? getScalarValue(text, key) : "";
    const under = Object.getOwnPropertyDescriptor(value, name)?.value as unknown;
    fields.set(name, { line: lineOf(key, text), value: under });
    index = endOf(events, endOf(events, index));
  }
  return { line, fields };
}

/** Behind the node that begins at `index`. */
function endOf(events: readonly Event[], index: number): number {
  let depth = 0;
  let at = index;
  do {
    const type = events[at]?.type;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
    else if (type === EVENT_ID.POP) depth -= 1;
    at += 1;
  } while (depth > 0);
  return at;
}

function lineOf(event: Event | undefined, text: string): number {
  return text.slice(0, event === undefined ? 0 : startOf(event)).split("\n").length;
}

function startOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  return "start" in event ? event.start : 0;
}
