import { measureDowntime } from "../gate/downtime.js";
import type { GateResult } from "../gate/gate-result.js";
import type { HealthInputs } from "../gate/health-inputs.js";
import { Narrator } from "../gate/narrator.js";
import { observe } from "../gate/observe.js";
import { waitUntilHealthy } from "../gate/wait.js";
import { formatDuration } from "../kit/duration.js";
import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import type { StepWitness } from "../server/line.js";
import type { Fact } from "./outcome.js";

/** What the gate of a deploy needs. */
export interface GateTools {
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly witness: StepWitness;
}

/** Stands between a release that was activated and one that is confirmed: asks the app itself. */
export class AppGate {
  readonly #health: HealthInputs;
  readonly #tools: GateTools;
  #result: GateResult | undefined;
  #downtimeMs: number | undefined;

  constructor(health: HealthInputs, tools: GateTools) {
    this.#health = health;
    this.#tools = tools;
  }

  /** True when there is a URL to ask. */
  get asks(): boolean {
    return this.#health.url !== undefined;
  }

  /** The same gate with another address and text, where ours names none. */
  orRecorded(recorded: { readonly url: string; readonly expect: string }): AppGate {
    if (this.asks || recorded.url === "") return this;
    return new AppGate(
      { ...this.#health, url: recorded.url, expect: recorded.expect || undefined },
      this.#tools,
    );
  }

  /** Waits until the app answers as it shall; throws when it does not in time, or when `signal` aborts. */
  async open(signal: AbortSignal): Promise<void> {
    if (!this.asks) {
      this.#tools.log.notice(
        "Nobody asked the app whether it works: without health-url the restart's exit code decides.",
      );
      this.#tools.witness.skip("gate");
      return;
    }
    this.#result = await this.#wait("gate", this.#health, signal);
  }

  /** The same for a release that we know less about: it must answer, with whatever text. */
  async openForAny(name: string, signal: AbortSignal): Promise<void> {
    if (this.asks) await this.#wait(name, { ...this.#health, expect: undefined }, signal);
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

  get outputs(): Readonly<Record<string, string>> {
    return this.#downtimeMs === undefined
      ? {}
      : { "downtime-ms": String(Math.round(this.#downtimeMs)) };
  }

  get facts(): readonly Fact[] {
    const downtime =
      this.#downtimeMs === undefined
        ? []
        : [{ name: "downtime", value: formatDuration(this.#downtimeMs) }];
    if (this.#result === undefined) return downtime;
    const { timeToHealthyMs, latencyP50Ms, latencyP95Ms, attempts } = this.#result;
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

  #wait(name: string, health: HealthInputs, signal: AbortSignal): Promise<GateResult> {
    const { http, clock, log, witness } = this.#tools;
    return witness.step(name, () =>
      waitUntilHealthy({ ...health, observeMs: 0 }, http, clock, log, signal),
    );
  }

  /**
   * Goes on asking for as long as `health-observe` says; throws when the app gets worse. A step of its own, so that
   * a report tells a late failure from a bad start.
   */
  async observe(signal: AbortSignal): Promise<void> {
    const { http, clock, log, witness } = this.#tools;
    const { url, expect, observeMs } = this.#health;
    if (url === undefined || observeMs === 0) return;
    const narrator = new Narrator(log, clock);
    await witness.step("observe", async () => {
      try {
        await observe(this.#health, { url, expect, http, clock, signal }, narrator);
      } catch (failure) {
        signal.throwIfAborted();
        throw failure;
      }
    });
  }
}
