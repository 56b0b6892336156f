import { InputReader } from "../kit/inputs.js";
import { parseJson } from "../kit/json.js";
import { finish as finishOnServer } from "../ssh-deploy-with-backup/post.js";
import { readTold } from "./inputs.js";
import { LiveMessage } from "./live-message.js";
import type { Platform } from "./platform.js";
import { savedMessage, savedState } from "./saved-message.js";

/**
 * After the main step: finishes what a killed one left open on a server (a cluster's next run does), and ends its
 * message in Slack. Never throws.
 */
export async function finish(platform: Platform): Promise<void> {
  await finishOnServer(platform);
  const sent = savedMessage(parseJson(platform.state(savedState.message)));
  if (sent === undefined || platform.state(savedState.ended) !== "") return;
  const { slack } = readTold(
    new InputReader(platform.input, (secret) => platform.log.mask(secret)),
  );
  if (slack.inputs === undefined) return;
  const message =
    "The step was stopped before it could tell how it ended. Its log says more, and so does `operation: status`.";
  await new LiveMessage(slack.inputs, platform, sent).end({
    status: "cancelled",
    message,
    reports: "",
  });
}
