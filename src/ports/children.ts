/** A program of the project, to be run to its end. */
export interface Child {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Added to the environment of the runner; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard output and standard error as they come, both as UTF-8 whatever they hold. */
  readonly onOutput?: (text: string) => void;
  /** How much of the standard output is kept for `ChildEnd`; more than that is lost. Default 0. */
  readonly keepStdout?: number;
  /** When it aborts, the program is ended with everything that it started. */
  readonly signal?: AbortSignal;
}

export interface ChildEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Such as `SIGKILL`, which is also how the kernel ends what takes too much memory. */
  readonly signal: string | null;
  readonly stdout: string;
  /** There was more than `keepStdout`. */
  readonly isCut: boolean;
  /** The last lines of both streams, at most 8 KiB. */
  readonly tail: string;
}

/**
 * Runs programs of the project. They never see `INPUT_*`, `STATE_*`, `ACTIONS_*` or the command files, have no
 * standard input, and when one has ended nothing runs on that it started, daemons included.
 */
export interface Children {
  /** Rejects with `tool-missing` when the program cannot be started. */
  run(child: Child): Promise<ChildEnd>;
}
