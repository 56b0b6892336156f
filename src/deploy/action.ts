import { InputReader } from "../kit/inputs.js";
import { audience } from "./audience.js";
import { type Inputs, readTold } from "./inputs.js";
import { sentryPart, slackPart } from "./parts.js";
import type { Platform } from "./platform.js";
import { actOnTarget, targetOf } from "./target.js";

/** The whole action: the target's own, with Slack and Sentry looking on. Never throws. */
export async function act(platform: Platform): Promise<void> {
  const { input, inputNames, log } = platform;
  const told = readTold(new InputReader(input, (secret) => log.mask(secret)));
  warnOf(told, log);
  const own = inputNames.filter((name) => !isTold(name));
  const reach = targetOf(input) === "cluster" ? platform.reachCluster : platform.reach;
  await actOnTarget({ ...platform, inputNames: own }, audience(told, { ...platform, reach }));
}

/** What is wrong with a notification is no reason not to deploy. */
function warnOf(told: Inputs, log: Platform["log"]): void {
  for (const { problem } of [told.slack, told.sentry]) {
    if (problem === undefined) continue;
    for (const { message, remedy } of [problem, ...problem.also])
      log.warning(`${message}. ${remedy} The deploy goes on without it.`);
  }
}

function isTold(name: string): boolean {
  return [slackPart, sentryPart].some(({ prefix }) => name.startsWith(prefix));
}
