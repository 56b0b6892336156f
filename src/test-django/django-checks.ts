import { breakingFindings } from "./breaking-findings.js";
import { BaseState } from "./base-state.js";
import type { Check } from "../checks/check.js";
import { catalogueQuery } from "../checks/catalogue.js";
import type { CheckOutcome } from "../checks/result.js";
import { deployEnvironment } from "./deploy-environment.js";
import { type DriverEnd, type DriverRun, runDriver } from "./driver.js";
import { editedMigrations } from "./edited-migrations.js";
import type { CheckName } from "./inputs.js";
import type { Project } from "./project.js";
import type { Session } from "./session.js";
import { runTests } from "./run-tests.js";

/** The checks that were asked for, by what they need. */
export interface DjangoChecks {
  /** Whether there is a database to test with; undefined when no check needs one. */
  readonly database: Check | undefined;
  readonly plain: readonly Check[];
  readonly withTests: readonly Check[];
  readonly withDatabase: readonly Check[];
  /** Drops the databases that a killed check has left. */
  readonly cleanUp: () => Promise<void>;
}

export function djangoChecks(project: Project, session: Session): DjangoChecks {
  return new ChecksOfProject(project, session);
}

class ChecksOfProject implements DjangoChecks {
  readonly #project: Project;
  readonly #session: Session;
  readonly #base: BaseState;
  #hasLeft = false;

  constructor(project: Project, session: Session) {
    this.#project = project;
    this.#session = session;
    this.#base = new BaseState(project, session);
  }

  get database(): Check | undefined {
    const needed = [...this.withTests, ...this.withDatabase].length > 0;
    return needed ? this.#plainCheck("database") : undefined;
  }

  get plain(): readonly Check[] {
    const { inputs } = this.#session;
    const deploy = {
      options: { failLevel: inputs.deployFailLevel },
      env: deployEnvironment(inputs),
    };
    return this.#wanted([
      this.#plainCheck("system"),
      this.#plainCheck("deploy", deploy),
      { name: "migrations", run: (signal, print) => this.#migrations({ signal, print }) },
      this.#plainCheck("static"),
    ]);
  }

  get withTests(): readonly Check[] {
    const run: Check["run"] = (signal, print) =>
      runTests(this.#project, this.#session.inputs, { signal, print });
    return this.#wanted([{ name: "tests", run }]);
  }

  get withDatabase(): readonly Check[] {
    return this.#wanted([
      { name: "migrate", run: (signal, print) => this.#migrate({ signal, print }) },
      { name: "reverse", run: (signal, print) => this.#overBase("reverse", { signal, print }) },
      { name: "compatible", run: (signal, print) => this.#compatible({ signal, print }) },
    ]);
  }

  async cleanUp(): Promise<void> {
    if (!this.#hasLeft && !this.#base.isMade) return;
    const signal = AbortSignal.timeout(30_000);
    await runDriver("clean", this.#project, { signal, print: () => undefined });
  }

  #wanted(checks: readonly Check[]): readonly Check[] {
    const { inputs } = this.#session;
    return checks.filter(({ name }) => inputs.checks.includes(name as CheckName));
  }

  #plainCheck(name: string, more: Pick<DriverRun, "options" | "env"> = {}): Check {
    return { name, run: (signal, print) => this.#drive(name, { ...more, signal, print }) };
  }

  async #drive(name: string, run: DriverRun): Promise<DriverEnd> {
    const end = await runDriver(name, this.#project, run);
    this.#hasLeft ||= !end.isWhole;
    return end;
  }

  async #migrations(run: DriverRun): Promise<CheckOutcome> {
    const end = await this.#drive("migrations", run);
    const edited = await editedMigrations(this.#project, this.#session.base, run.signal);
    return { ...end, findings: [...end.findings, ...edited] };
  }

  /** The base state is made once, by the first check that asks for it. */
  async #overBase(name: string, run: DriverRun): Promise<DriverEnd> {
    const base = await this.#base.get(run);
    const strict = this.#session.inputs.strictMigrations;
    return this.#drive(name, { ...run, options: { ...base, strict, catalogueQuery } });
  }

  async #migrate(run: DriverRun): Promise<CheckOutcome> {
    const { seedFailed = false, noBase = "" } = await this.#base.get(run);
    const end = await this.#overBase("migrate", run);
    return seedFailed && end.status === "passed"
      ? { ...end, status: "failed", reason: noBase }
      : end;
  }

  async #compatible(run: DriverRun): Promise<CheckOutcome> {
    const end = await this.#overBase("compatible", run);
    if (end.status !== "passed") return end;
    const { strictMigrations } = this.#session.inputs;
    return breakingFindings(end, strictMigrations, this.#project.place);
  }
}
