/** How the inputs of an action that is told of the deploy are called here. */
export interface Part {
  readonly prefix: string;
  /** Those that the deploy itself fills, and what they are until it does. */
  readonly given: Readonly<Record<string, string>>;
}

// A failing notification never changes the verdict, and the deploy's own summary is enough.
const telling = { errors: "false", "dry-run": "false", summary: "false" };

export const slackPart: Part = {
  prefix: "slack-",
  given: { ...telling, status: "", needs: "", reports: "", update: "", "channel-id": "" },
};

export const sentryPart: Part = {
  prefix: "sentry-",
  given: { ...telling, status: "", reports: "" },
};
