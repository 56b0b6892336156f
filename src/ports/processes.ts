export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs on the runner. They never see `INPUT_*`, `STATE_*`, `ACTIONS_*` or the command files. */
export interface Processes {
  /**
   * Runs `argv` to its end; throws `tool-missing` when the program cannot be started. When `signal` aborts,
   * the program is killed and has failed.
   */
  run(
    argv: readonly string[],
    options?: { readonly cwd?: string; readonly signal?: AbortSignal },
  ): Promise<ProcessResult>;
}
