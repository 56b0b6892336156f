import { textAt } from "../kit/json.js";

/** What the main step saves for the post step, by name. */
export const savedState = {
  /** Which message in Slack tells of this deploy. */
  message: "slack-message",
  /** That message says how it ended. */
  ended: "slack-ended",
} as const;

/** The message that `state` names; undefined when none was sent. */
export function savedMessage(
  state: unknown,
): { readonly ts: string; readonly "channel-id": string } | undefined {
  const [ts, channel] = [textAt(state, "ts"), textAt(state, "channel-id")];
  return ts === "" || channel === "" ? undefined : { ts, "channel-id": channel };
}
