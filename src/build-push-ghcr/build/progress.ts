import { itemsOf, memberAt, parseJson, textAt } from "../../kit/json.js";

/** A step of a build, as BuildKit tells it. */
export interface BuildStep {
  /** Such as `[app 2/5] RUN npm ci`. */
  readonly name: string;
  /** Milliseconds since the epoch; undefined while it has not begun. */
  readonly started: number | undefined;
  readonly completed: number | undefined;
  readonly cached: boolean;
  /** Empty unless it failed. */
  readonly error: string;
  /** The end of what it printed. */
  readonly lastLines: readonly string[];
}

/** Something in the Dockerfile that BuildKit warns of. */
export interface BuildWarning {
  readonly text: string;
  readonly url: string;
  readonly file: string;
  readonly line: number;
}

const longestLine = 8192;
const keptLines = 20;
const keptWords = 64 * 1024;

interface Step {
  name: string;
  started: number | undefined;
  completed: number | undefined;
  cached: boolean;
  error: string;
  unfinished: string;
  isCut: boolean;
  readonly lastLines: string[];
}

/**
 * Reads what `docker buildx build --progress rawjson` tells, in pieces as they come, and prints it for people.
 * It holds no more than the end of each text, however much a build prints.
 */
export class BuildProgress {
  readonly #print: (text: string) => void;
  readonly #steps = new Map<string, Step>();
  readonly #warnings: BuildWarning[] = [];
  #unfinished = "";
  #words = "";
  #lastPrinted = "";

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** All steps so far, in the order in which BuildKit named them. */
  get steps(): readonly BuildStep[] {
    return [...this.#steps.values()];
  }

  get warnings(): readonly BuildWarning[] {
    return this.#warnings;
  }

  /** What buildx said besides, such as why it failed; its end where it is long. */
  get words(): string {
    return this.#words + this.#unfinished;
  }

  feed(text: string): void {
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const status = line.startsWith("{") ? parseJson(line) : undefined;
    if (status === undefined) this.#words = `${this.#words}${line}\n`.slice(-keptWords);
    for (const vertex of itemsOf(memberAt(status, "vertexes"))) this.#noteStep(vertex);
    for (const log of itemsOf(memberAt(status, "logs"))) this.#noteLog(log);
    for (const warning of itemsOf(memberAt(status, "warnings"))) this.#noteWarning(warning);
  }

  #noteStep(vertex: unknown): void {
    const step = this.#stepOf(textAt(vertex, "digest"));
    const before = { ...step };
    step.name = textAt(vertex, "name") || step.name;
    step.started = timeAt(vertex, "started") ?? step.started;
    step.completed = timeAt(vertex, "completed");
    step.cached ||= memberAt(vertex, "cached") === true;
    step.error = textAt(vertex, "error");
    this.#tell(step, before);
  }

  #tell(step: Step, before: Step): void {
    if (isQuiet(step.name)) return;
    if (before.started === undefined && step.started !== undefined && !step.cached)
      this.#line(step, step.name);
    if (before.completed !== undefined || step.completed === undefined) return;
    this.#endLine(step);
    if (step.error !== "") this.#line(step, `FAILED ${step.name}: ${step.error}`);
    else if (step.cached) this.#line(step, `cached ${step.name}`);
    else if (step.completed - (step.started ?? 0) >= 1000)
      this.#line(step, `done in ${seconds(step)} s: ${step.name}`);
  }

  #noteLog(log: unknown): void {
    const step = this.#stepOf(textAt(log, "vertex"));
    const text = Buffer.from(textAt(log, "data"), "base64").toString();
    const [first = "", ...more] = text.split(/\r\n|[\n\r]/);
    this.#grow(step, first);
    for (const piece of more) {
      this.#endLine(step);
      this.#grow(step, piece);
    }
  }

  #grow(step: Step, text: string): void {
    const room = longestLine - step.unfinished.length;
    step.isCut ||= text.length > room;
    step.unfinished += text.slice(0, Math.max(0, room));
  }

  #endLine(step: Step): void {
    if (step.unfinished === "") return;
    const line = step.isCut ? `${step.unfinished}…` : step.unfinished;
    step.unfinished = "";
    step.isCut = false;
    step.lastLines.push(line);
    if (step.lastLines.length > keptLines) step.lastLines.shift();
    // Steps run side by side: a line says whose it is where that changes.
    if (this.#lastPrinted !== step.name) this.#line(step, step.name);
    this.#print(`  ${line}\n`);
  }

  #line(step: Step, text: string): void {
    this.#lastPrinted = step.name;
    this.#print(`${text}\n`);
  }

  #noteWarning(warning: unknown): void {
    const [range] = itemsOf(memberAt(warning, "range"));
    this.#warnings.push({
      text: Buffer.from(textAt(warning, "short"), "base64").toString(),
      url: textAt(warning, "url"),
      file: textAt(warning, "sourceInfo", "filename"),
      line: Number(memberAt(range, "start", "line") ?? 0),
    });
  }

  #stepOf(digest: string): Step {
    const known = this.#steps.get(digest);
    if (known !== undefined) return known;
    const times = { started: undefined, completed: undefined };
    const texts = { name: "", error: "", unfinished: "" };
    const step: Step = { ...times, ...texts, cached: false, isCut: false, lastLines: [] };
    this.#steps.set(digest, step);
    return step;
  }
}

/** What BuildKit does for itself says nothing to people unless it fails or takes long. */
function isQuiet(name: string): boolean {
  return name.startsWith("[internal]") || name.startsWith("[auth]");
}

function seconds({ started, completed }: Step): string {
  return (((completed ?? 0) - (started ?? 0)) / 1000).toFixed(1);
}

/** A moment with nanoseconds, of which milliseconds are kept. */
function timeAt(vertex: unknown, name: string): number | undefined {
  const time = Date.parse(textAt(vertex, name).replace(/(\.\d{3})\d*/, "$1"));
  return Number.isNaN(time) ? undefined : time;
}
