/** What the main step saves for the post step, by name. */
export const savedState = {
  /** The main step was started: whoever finds it is the post step. */
  main: "main",
  /** Names an operation that the server may have open. */
  token: "token",
  /** That operation is closed. */
  closed: "closed",
} as const;
