import type { Check } from "../gate/check.js";
import type { GateInputs } from "../gate/gate-inputs.js";
import type { Gate } from "../gate/gate.js";
import type { Ask } from "../gate/sample.js";
import { formatDuration } from "../kit/duration.js";
import type { ReportFact } from "../kit/report.js";
import type { Http } from "../ports/http.js";
import { serviceCheck, serviceHttp } from "./service-health.js";
import type { Site } from "./site.js";

/** Asks the app itself, from the runner and through the API server, once its pods are ready. */
export class Health {
  readonly #inputs: GateInputs;
  readonly #services: ReadonlySet<string>;
  readonly #http: Http;
  readonly #site: Site;
  #gate: Gate | undefined;
  #table: string[] = [];

  constructor(inputs: GateInputs, services: readonly string[], http: Http, site: Site) {
    const checks = services.map((one) => serviceCheck(one, inputs));
    this.#inputs = { ...inputs, checks: [...inputs.checks, ...checks] };
    this.#services = new Set(checks.map(({ name }) => name));
    this.#http = http;
    this.#site = site;
  }

  /** Waits until all checks are healthy, and stay so for `health-observe`; throws when they are not in time. */
  async open(): Promise<void> {
    const { signal, timeline, clock, log } = this.#site;
    if (this.#inputs.checks.length === 0) return;
    const { Gate } = await import("../gate/gate.js");
    const { checkTable } = await import("../gate/check-table.js");
    const gate = (this.#gate = new Gate(this.#inputs, { ask: await this.#asker(), clock }, log));
    try {
      await timeline.step("gate", () => gate.open(signal));
      if (this.#inputs.observeMs > 0) await timeline.step("observe", () => gate.observe(signal));
    } finally {
      if (gate.result.attempts > 0) this.#table = [checkTable(gate.result.checks)];
    }
  }

  get facts(): readonly ReportFact[] {
    const after = this.#gate?.result.timeToHealthyMs;
    return after === undefined ? [] : [{ name: "healthy after", value: formatDuration(after) }];
  }

  get sections(): readonly string[] {
    return this.#table;
  }

  async #asker(): Promise<Ask> {
    // Not the asker of all kinds: it brings along what asks a server over SSH.
    const { askHttp } = await import("../gate/http-check.js");
    const { clock, api, namespace } = this.#site;
    const byService = serviceHttp(api.cluster, namespace);
    return (check: Check, limits) => {
      if (check.kind !== "http") throw new TypeError(`${check.name} cannot be asked from here`);
      const http = this.#services.has(check.name) ? byService : this.#http;
      return askHttp(check, limits, { http, clock, dial: undefined });
    };
  }
}
