/** What the main step saves for the post step, by name. */
export const savedState = {
  /** Names an operation that the server may have open. */
  token: "token",
  /** That operation is closed. */
  closed: "closed",
} as const;
