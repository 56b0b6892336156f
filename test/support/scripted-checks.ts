import type { Check, Finding } from "../../src/gate/check.js";
import type { GateInputs } from "../../src/gate/gate-inputs.js";
import { Gate } from "../../src/gate/gate.js";
import type { GateResult } from "../../src/gate/gate-result.js";
import type { Ask } from "../../src/gate/sample.js";
import { BelayError } from "../../src/kit/errors.js";
import { FakeClock } from "./fake-clock.js";

/** What a check finds at a moment: `healthy`, or another text, which is why it is not. */
export type Answer = string | Partial<Finding>;

export interface CheckScript {
  readonly answer: (atMs: number, attempt: number) => Answer;
  /** Default 10 ms. */
  readonly tookMs?: (atMs: number) => number;
}

/** How a scripted gate went. */
export interface Told {
  readonly result: GateResult;
  readonly failure: BelayError | undefined;
  readonly lines: readonly { readonly atMs: number; readonly line: string }[];
  /** Starts of attempts by the check's name, in fake time. */
  readonly asked: ReadonlyMap<string, readonly number[]>;
  readonly tookMs: number;
}

/** Lets a gate with scripted checks (by name) open and be observed, or look `samples` times, in fake time. */
export async function runGate(
  inputs: GateInputs,
  scripts: Readonly<Record<string, CheckScript>>,
  samples?: number,
): Promise<Told> {
  const clock = new FakeClock();
  const asked = new Map<string, number[]>();
  const lines: { readonly atMs: number; readonly line: string }[] = [];
  const log = { info: (line: string) => void lines.push({ atMs: clock.monotonic(), line }) };
  const gate = new Gate(inputs, { ask: scripted(clock, scripts, asked), clock }, log);
  const { signal } = new AbortController();
  const work =
    samples === undefined
      ? gate.open(signal).then(() => gate.observe(signal))
      : gate.look(samples, signal);
  const [outcome] = await clock.run(Promise.allSettled([work]));
  const reason: unknown = outcome.status === "rejected" ? outcome.reason : undefined;
  if (reason !== undefined && !(reason instanceof BelayError))
    throw new Error("the gate fell over", { cause: reason });
  return { result: gate.result, failure: reason, lines, asked, tookMs: clock.monotonic() };
}

function scripted(
  clock: FakeClock,
  scripts: Readonly<Record<string, CheckScript>>,
  asked: Map<string, number[]>,
): Ask {
  return async (check: Check, { timeoutMs, signal }) => {
    const script = scripts[check.name];
    if (script === undefined) throw new Error(`nobody said what ${check.name} answers`);
    const atMs = clock.monotonic();
    const before = asked.get(check.name) ?? [];
    asked.set(check.name, [...before, atMs]);
    const answer = script.answer(atMs, before.length + 1);
    const wanted = script.tookMs?.(atMs) ?? 10;
    const tookMs = Math.min(wanted, timeoutMs);
    await clock.sleep(tookMs, signal);
    return { ...(wanted > timeoutMs ? late : findingOf(answer)), tookMs };
  };
}

const late = { state: "unhealthy", reason: "no answer in time" } as const;

function findingOf(answer: Answer): Omit<Finding, "tookMs"> {
  const healthy = { state: "healthy", reason: "healthy" } as const;
  if (answer === "healthy") return healthy;
  return typeof answer === "string"
    ? { state: "unhealthy", reason: answer }
    : { ...healthy, ...answer };
}
