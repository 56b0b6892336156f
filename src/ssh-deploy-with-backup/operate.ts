import { randomBytes } from "node:crypto";
import { Timeline } from "../kit/timeline.js";
import type { Ending } from "../server/ending.js";
import type { Inputs } from "./inputs.js";
import type { Outcome } from "./outcome.js";
import type { Platform } from "./platform.js";
import { runOperation } from "./run.js";
import { openSite } from "./site.js";

/** Reaches the server and does what the inputs ask for. */
export async function operate(
  inputs: Inputs,
  timeline: Timeline,
  platform: Platform,
): Promise<Outcome> {
  const world = await platform.reach();
  const token = randomBytes(16).toString("hex");
  const site = await openSite(inputs, token, platform, world, timeline);
  try {
    const { run, log } = platform;
    const { processes, http } = world;
    return await runOperation(inputs, site, { run, log, processes, http, clock: platform.clock });
  } finally {
    await site.host.close();
  }
}

/** Has the operation `token` undone, which an earlier process had to leave; undefined when there is none. */
export async function undoLeft(
  inputs: Inputs,
  token: string,
  platform: Platform,
): Promise<Ending | undefined> {
  const world = await platform.reach();
  const site = await openSite(inputs, token, platform, world, new Timeline(platform.clock));
  try {
    const ending = await site.server.undo("the job was cancelled or its runner was killed");
    return ending?.outcome === "unknown" ? undefined : ending;
  } finally {
    await site.host.close();
  }
}
