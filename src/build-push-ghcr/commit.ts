import { commitTime, hasCommit, isAncestor } from "../commands/git.js";
import type { EventFacts } from "../kit/event.js";
import type { Processes, ProcessResult } from "../ports/processes.js";
import type { Run } from "./platform.js";

/** The commits of the checkout, as far as it has them. */
export class History {
  readonly #run: Run;
  readonly #processes: Processes;
  readonly #signal: AbortSignal;

  constructor(run: Run, processes: Processes, signal: AbortSignal) {
    this.#run = run;
    this.#processes = processes;
    this.#signal = signal;
  }

  /** Milliseconds since the epoch at which the run's commit was made; undefined where nobody knows. */
  async committedAt({ pushed }: EventFacts): Promise<number | undefined> {
    const { sha } = this.#run;
    if (sha === "") return undefined;
    const { code, stdout } = await this.#git(commitTime(sha));
    const seconds = Number(stdout.trim());
    if (code === 0 && stdout.trim() !== "" && Number.isFinite(seconds)) return seconds * 1000;
    const told = Date.parse(pushed.find((commit) => commit.sha === sha)?.timestamp ?? "");
    return Number.isNaN(told) ? undefined : told;
  }

  /** Whether `commit` is younger than the run's own; undefined where the checkout does not have it. */
  async isDescendant(commit: string): Promise<boolean | undefined> {
    const { sha } = this.#run;
    if (!/^[0-9a-f]{7,64}$/.test(commit) || sha === "") return undefined;
    if (commit === sha) return false;
    if ((await this.#git(hasCommit(commit))).code !== 0) return undefined;
    const { code } = await this.#git(isAncestor(sha, commit));
    return code === 0 ? true : code === 1 ? false : undefined;
  }

  /** A runner without git, or without a checkout, has no history. */
  async #git(argv: readonly string[]): Promise<ProcessResult> {
    const failed = { code: 255, stdout: "", stderr: "" };
    const { workspace: cwd } = this.#run;
    if (cwd === "") return failed;
    return this.#processes.run(argv, { cwd, signal: this.#signal }).catch(() => failed);
  }
}
