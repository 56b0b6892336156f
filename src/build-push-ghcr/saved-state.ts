/** What the main step saves for the post step, by name. */
export const savedState = {
  /** The main step was started: whoever finds it is the post step. */
  main: "main",
  /** The folder with the login and other files of this run. */
  scratch: "scratch",
  /** The builder that was made for this run. */
  builder: "builder",
} as const;
