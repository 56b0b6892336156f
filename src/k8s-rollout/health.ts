import type { Check } from "../gate/check.js";
import type { GateInputs } from "../gate/gate-inputs.js";
import type { Gate } from "../gate/gate.js";
import type { Ask } from "../gate/sample.js";
import { formatDuration } from "../kit/duration.js";
import type { ReportFact } from "../kit/report.js";
import type { Http } from "../ports/http.js";
import { askPod, podCheck, type PodCommand } from "./pod-health.js";
import { serviceCheck, serviceHttp } from "./service-health.js";
import type { Site } from "./site.js";

/** What is asked inside of the cluster. */
export interface InsideChecks {
  /** `name:port/path`, asked through the API server. */
  readonly services: readonly string[];
  readonly commands: readonly PodCommand[];
}

/** Asks the app itself, from the runner and inside of the cluster, once its pods are ready. */
export class Health {
  readonly #inputs: GateInputs;
  readonly #services: ReadonlySet<Check>;
  /** The workloads in which commands run. */
  readonly #workloads: ReadonlyMap<Check, string>;
  readonly #http: Http;
  readonly #site: Site;
  #gate: Gate | undefined;
  #table: string[] = [];

  constructor(inputs: GateInputs, { services, commands }: InsideChecks, http: Http, site: Site) {
    const byService = services.map((one) => serviceCheck(one, inputs));
    const inPods = commands.map((one) => [podCheck(one, inputs), one.workload] as const);
    const pods = inPods.map(([check]) => check);
    this.#inputs = { ...inputs, checks: [...inputs.checks, ...byService, ...pods] };
    this.#services = new Set(byService);
    this.#workloads = new Map(inPods);
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
      const workload = this.#workloads.get(check);
      if (check.kind === "command" && workload !== undefined)
        return askPod(check, workload, limits, { cluster: api.cluster, namespace, clock });
      if (check.kind !== "http") throw new TypeError(`${check.name} cannot be asked from here`);
      const http = this.#services.has(check) ? byService : this.#http;
      return askHttp(check, limits, { http, clock, dial: undefined });
    };
  }
}
