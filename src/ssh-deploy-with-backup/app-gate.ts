import type { Check } from "../gate/check.js";
import { checkTable } from "../gate/check-table.js";
import { measureDowntime } from "../gate/downtime.js";
import { Gate } from "../gate/gate.js";
import type { GateInputs } from "../gate/gate-inputs.js";
import { urlCheck } from "../gate/gate-inputs.js";
import { latencyChart } from "../gate/latency-chart.js";
import type { Ask } from "../gate/sample.js";
import { formatDuration } from "../kit/duration.js";
import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import type { StepWitness } from "../server/line.js";
import type { Fact, Outcome } from "./outcome.js";

/** What the gate of a deploy needs. */
export interface GateTools {
  readonly http: Http;
  /** A new way to ask, which remembers nothing yet of the server. */
  readonly asker: () => Ask;
  readonly clock: Clock;
  readonly log: Log;
  readonly witness: StepWitness;
}

/** Stands between a release that was activated and one that is confirmed: asks the app itself. */
export class AppGate {
  readonly #health: GateInputs;
  readonly #tools: GateTools;
  #gate: Gate | undefined;
  #downtimeMs: number | undefined;

  constructor(health: GateInputs, tools: GateTools) {
    this.#health = health;
    this.#tools = tools;
  }

  /** True when there is something to ask. */
  get asks(): boolean {
    return this.#health.checks.length > 0;
  }

  /** The same gate with another address and text, where ours names none. */
  orRecorded(recorded: { readonly url: string; readonly expect: string }): AppGate {
    const { url, expect, checks, defaults } = this.#health;
    if (url !== undefined || recorded.url === "") return this;
    // A text of our own is for the release that runs then, too.
    const check = urlCheck(recorded.url, expect ?? (recorded.expect || undefined), defaults);
    const health = { ...this.#health, url: recorded.url, checks: [check, ...checks] };
    return new AppGate(health, this.#tools);
  }

  /** Waits until all checks are healthy; throws when they are not in time, or when `signal` aborts. */
  async open(signal: AbortSignal): Promise<void> {
    if (!this.asks) {
      this.#tools.log.notice(
        "Nobody asked the app whether it works: without health-url the restart's exit code decides.",
      );
      this.#tools.witness.skip("gate");
      return;
    }
    const gate = (this.#gate = this.#gateOf(this.#health));
    await this.#tools.witness.step("gate", () => gate.open(signal));
    if (this.#health.observeMs === 0) this.#warn(gate);
  }

  /** The same for a release that we know less about: it must answer, with whatever text. */
  async openForAny(name: string, signal: AbortSignal): Promise<void> {
    if (!this.asks) return;
    const gate = this.#gateOf({ ...this.#health, checks: this.#health.checks.map(forAny) });
    await this.#tools.witness.step(name, () => gate.open(signal));
  }

  /** Runs `change` and measures for how long the app did not answer meanwhile. */
  async measuring(signal: AbortSignal, change: () => Promise<void>): Promise<void> {
    const { url } = this.#health;
    if (url === undefined) {
      await change();
      return;
    }
    const downtime = measureDowntime(url, this.#tools.http, this.#tools.clock, signal);
    try {
      await change();
    } finally {
      this.#downtimeMs = await downtime.stop();
    }
  }

  /**
   * Goes on asking for as long as `health-observe` says; throws when the app gets worse. A step of its own, so that
   * a report tells a late failure from a bad start.
   */
  async observe(signal: AbortSignal): Promise<void> {
    const gate = this.#gate;
    if (gate === undefined || this.#health.observeMs === 0) return;
    await this.#tools.witness.step("observe", () => gate.observe(signal));
    this.#warn(gate);
  }

  /** What a report says of it. */
  get told(): Pick<Outcome, "facts" | "outputs" | "sections"> {
    return { facts: this.#facts, outputs: this.#outputs, sections: this.#sections };
  }

  get #sections(): readonly string[] {
    const result = this.#gate?.result;
    if (result === undefined || result.attempts === 0) return [];
    return [checkTable(result.checks), latencyChart(result.checks) ?? ""];
  }

  get #outputs(): Readonly<Record<string, string>> {
    return this.#downtimeMs === undefined
      ? {}
      : { "downtime-ms": String(Math.round(this.#downtimeMs)) };
  }

  get #facts(): readonly Fact[] {
    const downtime =
      this.#downtimeMs === undefined
        ? []
        : [{ name: "downtime", value: formatDuration(this.#downtimeMs) }];
    const result = this.#gate?.result;
    if (result?.timeToHealthyMs === undefined) return downtime;
    const { timeToHealthyMs, latencyP50Ms, latencyP95Ms, attempts } = result;
    return [
      ...downtime,
      {
        name: "healthy after",
        value: `${formatDuration(timeToHealthyMs)}, ${String(attempts)} probes`,
      },
      {
        name: "latency",
        value: `p50 ${formatDuration(latencyP50Ms)}, p95 ${formatDuration(latencyP95Ms)}`,
      },
    ];
  }

  /** A limit that warns confirms the release all the same. */
  #warn({ result }: Gate): void {
    for (const { check, status, reason } of result.checks)
      if (status === "degraded") this.#tools.log.warning(`${check.name} is degraded: ${reason}`);
  }

  #gateOf(health: GateInputs): Gate {
    const { asker, clock, log } = this.#tools;
    return new Gate(health, { ask: asker(), clock }, log);
  }
}

function forAny(check: Check): Check {
  return check.kind === "http" ? { ...check, expect: undefined } : check;
}
