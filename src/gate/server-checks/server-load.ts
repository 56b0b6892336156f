import { quote } from "../../commands/shell.js";
import type { ServerLoadCheck } from "../check.js";
import { type Answer, type Found, found, textOf } from "./found.js";
import { measured } from "./measured.js";

/** Clock ticks of all processors since the machine started. */
export interface CpuTicks {
  readonly idle: number;
  readonly total: number;
}

/** Prints the counters that the measure is computed from; the processor's, at first, a second apart. */
export function loadText(check: ServerLoadCheck, before: CpuTicks | undefined): string {
  switch (check.measure) {
    case "cpu":
      return before === undefined ? `${ticks}\nsleep ${pause(check)}\n${ticks}` : ticks;
    case "memory":
      return `while read -r key value _; do
  case $key in MemTotal: | MemAvailable:) echo "$key $value" ;; esac
done </proc/meminfo`;
    case "disk":
      return `LC_ALL=C df -Pk -- ${quote(check.path)} 2>&1`;
  }
}

const ticks = "read -r line </proc/stat\nprintf '%s\\n' \"$line\"";

function pause({ attemptTimeoutMs }: ServerLoadCheck): string {
  return String(Math.min(1, attemptTimeoutMs / 2000));
}

/** What a round found, and the processor's counters at its end. */
export interface LoadReading {
  readonly found: Found | undefined;
  readonly ticks?: CpuTicks | undefined;
}

/** Judges the measure; undefined where the answer is not whole. */
export function readLoad(
  check: ServerLoadCheck,
  answer: Answer,
  before: CpuTicks | undefined,
): LoadReading {
  const text = textOf(answer.bytes);
  switch (check.measure) {
    case "cpu":
      return readCpu(check, text, before);
    case "memory":
      return { found: readMemory(check, text) };
    case "disk":
      return { found: readDisk(check, text, answer.code) };
  }
}

function readCpu(check: ServerLoadCheck, text: string, before: CpuTicks | undefined): LoadReading {
  const lines = text.split("\n").slice(0, -1).map(parseTicks);
  const [first, last] = before === undefined ? lines : [before, lines.at(-1)];
  const passed = (last?.total ?? 0) - (first?.total ?? 0);
  if (first === undefined || last === undefined || passed <= 0) return { found: undefined };
  const busy = passed - (last.idle - first.idle);
  return { found: share(busy, passed, "CPU", check), ticks: last };
}

/** `cpu user nice system idle iowait irq softirq steal guest…`: what guests used is in `user` already. */
function parseTicks(line: string): CpuTicks | undefined {
  const fields = /^cpu +(\d+(?: \d+){3,})$/.exec(line)?.[1]?.split(" ").map(Number).slice(0, 8);
  if (fields === undefined) return undefined;
  const [, , , idle = 0, waiting = 0] = fields;
  return { idle: idle + waiting, total: fields.reduce((sum, field) => sum + field, 0) };
}

function readMemory(check: ServerLoadCheck, text: string): Found | undefined {
  const total = Number(/^MemTotal: (\d+)$/m.exec(text)?.[1]);
  const available = Number(/^MemAvailable: (\d+)$/m.exec(text)?.[1]);
  if (!(total > 0) || Number.isNaN(available)) return undefined;
  return share(total - available, total, "memory", check);
}

function readDisk(check: ServerLoadCheck, text: string, code: number): Found | undefined {
  if (code !== 0) {
    const said = text.replace(/^Filesystem .*\n/, "");
    return found("unhealthy", `df cannot tell about ${check.path}`, { said });
  }
  const fields = / (\d+) +(\d+) +(-?\d+) +\d+% +\/[^\n]*\n$/.exec(text);
  if (fields === null) return undefined;
  // As df counts: what is kept back for root is neither used nor there to be used.
  const used = Number(fields[2]);
  const usable = used + Math.max(0, Number(fields[3]));
  return usable === 0 ? undefined : share(used, usable, `disk of ${check.path}`, check);
}

function share(part: number, whole: number, what: string, { limits }: ServerLoadCheck): Found {
  const percent = Math.min(100, Math.max(0, Math.round((part / whole) * 1000) / 10));
  return measured(percent, { what, unit: "%" }, limits);
}
