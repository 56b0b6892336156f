import { withoutColours } from "../kit/colours.js";
import { memberAt, parseJson, textAt } from "../kit/json.js";
import { oneLine } from "../kit/one-line.js";
import type { TestOutcome, TestResult } from "./result.js";
import type { Placer } from "./places.js";

/*
 * What our reporters write: one JSON object a line, appended and flushed as it happens, so that a run that was
 * killed has told all but its last line.
 *
 *   {"event":"found","count":12}
 *   {"event":"start","id":"…","name":"…","file":"…","line":3}
 *   {"event":"end","id":"…","name":"…","file":"…","line":3,"outcome":"failed","durationMs":12,"attempt":1,
 *    "message":"…","detail":"…","failedFile":"…","failedLine":9}
 *   {"event":"closed","id":"…"}
 *   {"event":"done"}
 *
 * A group of tests may start, too; it is closed, not ended, as it is no test of its own.
 * `id` is the test's own, `attempt` counts from 1; `failedFile` and `failedLine` say where it went wrong.
 */

interface Attempt {
  readonly outcome: TestOutcome;
  readonly durationMs: number;
  readonly message: string;
  readonly detail: string;
  readonly place: TestResult["place"];
}

interface Entry {
  readonly name: string;
  place: TestResult["place"];
  /** By number: under a parallel runner each may be told twice. */
  readonly attempts: Map<number, Attempt>;
  running: boolean;
}

const longestMessage = 300;
const longestDetail = 8000;

/** What a run of tests said so far. */
export class TestLedger {
  readonly #place: Placer;
  readonly #entries = new Map<string, Entry>();
  /** The runner came to its end, and was not cut off. */
  isDone = false;
  /** How many tests the runner announced; undefined when it did not. */
  found: number | undefined;

  constructor(place: Placer) {
    this.#place = place;
  }

  /** Takes one line; what is no event, such as a line that was cut, is left out. */
  add(line: string): void {
    const event = parseJson(line);
    const kind = textAt(event, "event");
    if (kind === "done") this.isDone = true;
    else if (kind === "found") this.found = numberAt(event, "count");
    else if (kind === "start") this.#entry(event).running = true;
    else if (kind === "closed") this.#entry(event).running = false;
    else if (kind === "end") this.#end(event);
  }

  /** The tests that began and did not end, in the order in which they began; of a group those that are in it. */
  running(): readonly Pick<TestResult, "name" | "place">[] {
    const entries = [...this.#entries].filter(([, { running }]) => running);
    const innermost = entries.filter(([id]) => !entries.some(([of]) => of.startsWith(`${id} > `)));
    return innermost.map(([, { name, place }]) => ({ name, ...(place && { place }) }));
  }

  results(): readonly TestResult[] {
    return [...this.#entries].flatMap(([id, entry]) => resultOf(id, entry) ?? []);
  }

  #end(event: unknown): void {
    const entry = this.#entry(event);
    const number = numberAt(event, "attempt") ?? 1;
    entry.running = false;
    if (entry.attempts.has(number)) return;
    entry.attempts.set(number, {
      outcome: outcomeAt(event),
      durationMs: Math.max(0, numberAt(event, "durationMs") ?? 0),
      message: oneLine(withoutColours(textAt(event, "message")), longestMessage),
      detail: withoutColours(textAt(event, "detail")).slice(0, longestDetail),
      place: this.#place(textAt(event, "failedFile"), numberAt(event, "failedLine")),
    });
  }

  #entry(event: unknown): Entry {
    const id = textAt(event, "id");
    const place = this.#place(textAt(event, "file"), numberAt(event, "line"));
    const name = textAt(event, "name") || id;
    const entry = this.#entries.get(id) ?? {
      name,
      place,
      attempts: new Map<number, Attempt>(),
      running: false,
    };
    entry.place ??= place;
    this.#entries.set(id, entry);
    return entry;
  }
}

function resultOf(id: string, { name, place, attempts }: Entry): TestResult | undefined {
  const all = [...attempts].sort(([a], [b]) => a - b).map(([, attempt]) => attempt);
  const last = all.at(-1);
  if (last === undefined) return undefined;
  const where = (last.outcome === "failed" ? last.place : undefined) ?? place;
  const told = last.message === "" ? {} : { message: last.message };
  return {
    id,
    name,
    ...(where && { place: where }),
    outcome: last.outcome,
    durationMs: Math.round(all.reduce((sum, { durationMs }) => sum + durationMs, 0)),
    attempts: all.length,
    flaky: last.outcome === "passed" && all.some(({ outcome }) => outcome === "failed"),
    ...told,
    ...(last.detail === "" ? {} : { detail: last.detail }),
  };
}

function outcomeAt(event: unknown): TestOutcome {
  const outcome = textAt(event, "outcome");
  return outcome === "passed" || outcome === "skipped" ? outcome : "failed";
}

function numberAt(event: unknown, name: string): number | undefined {
  const value = memberAt(event, name);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
