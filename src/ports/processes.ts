export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs on the runner. They never see `INPUT_*`, `STATE_*`, `ACTIONS_*` or the command files. */
export interface Processes {
  /** Runs `argv` to its end; throws `tool-missing` when the program cannot be started. */
  run(argv: readonly string[], options?: { readonly cwd?: string }): Promise<ProcessResult>;
}
