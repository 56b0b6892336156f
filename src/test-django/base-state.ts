import { mkdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { checkoutIndex, readTree } from "../commands/git.js";
import { memberAt } from "../kit/json.js";
import { type DriverRun, runDriver } from "./driver.js";
import type { Project } from "./project.js";
import type { Session } from "./session.js";

/** What the driver's checks are told of the base state. */
export interface BaseOptions {
  readonly base?: {
    readonly databases: unknown;
    readonly migrations: unknown;
    /** The `seed` lines have filled it. */
    readonly seeded: boolean;
  };
  /** Why there is none. */
  readonly noBase?: string;
  /** It is the user's own lines that failed. */
  readonly seedFailed?: boolean;
}

/** The state that the change starts from: its code, and a database that its own migrations made. */
export class BaseState {
  readonly #project: Project;
  readonly #session: Session;
  #made: Promise<BaseOptions> | undefined;

  constructor(project: Project, session: Session) {
    this.#project = project;
    this.#session = session;
  }

  /** Whether there may be databases of it. */
  get isMade(): boolean {
    return this.#made !== undefined;
  }

  /** Makes it when it is asked for first. */
  get(run: DriverRun): Promise<BaseOptions> {
    this.#made ??= this.#make(run);
    return this.#made;
  }

  async #make(run: DriverRun): Promise<BaseOptions> {
    const { base } = this.#session;
    if ("unknown" in base) return { noBase: base.unknown };
    const tree = await this.#checkOut(base.commit, run);
    if (tree === undefined) return { noBase: "the base state could not be checked out" };
    const cwd = join(tree, relative(this.#project.workspace, this.#project.folder));
    if (!(await exists(join(cwd, "manage.py"))))
      return { noBase: "the base state has no manage.py there" };
    run.print(`The base state is ${base.commit}\n`);
    const end = await runDriver("base", this.#project, { ...run, cwd });
    const made = end.records.find((record) => memberAt(record, "databases") !== undefined);
    if (end.status !== "passed" || made === undefined) {
      const why = end.findings[0]?.message ?? end.reason;
      return { noBase: `the base state's own migrations do not run here: ${why}` };
    }
    const databases = memberAt(made, "databases");
    const seeded = await this.#seed(cwd, databases, run);
    if (seeded === undefined)
      return { noBase: "the `seed` lines failed on the base state", seedFailed: true };
    return { base: { databases, migrations: memberAt(made, "migrations"), seeded } };
  }

  /** Its files in a scratch folder, by an index of their own: the checkout's stays as it is. */
  async #checkOut(commit: string, { signal, print }: DriverRun): Promise<string | undefined> {
    const { scratch, workspace, children } = this.#project;
    const tree = join(scratch, "base-tree");
    await mkdir(tree, { recursive: true });
    const env = { GIT_INDEX_FILE: join(scratch, "base-index") };
    for (const argv of [readTree(commit), checkoutIndex(tree)]) {
      const end = await children.run({ argv, cwd: workspace, env, signal, onOutput: print });
      if (end.code !== 0) return undefined;
    }
    return tree;
  }

  /** Undefined when a line failed; false where there are none. */
  async #seed(
    cwd: string,
    databases: unknown,
    { signal, print }: DriverRun,
  ): Promise<boolean | undefined> {
    const { seed } = this.#session.inputs;
    if (seed.length === 0) return false;
    const { children, env, drivers } = this.#project;
    const names = { BELAY_DATABASES: JSON.stringify(databases), PYTHONPATH: drivers };
    const argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", seed.join("\n")];
    const end = await children.run({
      argv,
      cwd,
      env: { ...env, ...names },
      signal,
      onOutput: print,
    });
    return end.code === 0 ? true : undefined;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
