/** What the main step saves for the post step, by name. */
export const savedState = {
  /** The folder with the login and other files of this run. */
  scratch: "scratch",
  /** The builder that was made for this run. */
  builder: "builder",
} as const;
