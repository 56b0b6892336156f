export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Further variables, and over those that are there; also such as programs do not see by themselves. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Hears standard output as it comes; it is then not kept. */
  readonly onStdout?: ((text: string) => void) | undefined;
  /** The same for standard error. */
  readonly onStderr?: ((text: string) => void) | undefined;
}

/** Runs programs on the runner. They never see `INPUT_*`, `STATE_*`, `ACTIONS_*` or the command files. */
export interface Processes {
  /**
   * Runs `argv` to its end; throws `tool-missing` when the program cannot be started. When `signal` aborts,
   * the program is killed and has failed.
   */
  run(argv: readonly string[], options?: ProcessOptions): Promise<ProcessResult>;
}
