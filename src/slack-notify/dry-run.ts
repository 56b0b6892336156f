import type { Ending } from "../kit/tell.js";
import type { Log } from "../ports/log.js";
import { ending } from "./ending.js";
import type { Message } from "./message.js";

/** Prints the message as Slack's Block Kit JSON, ready for its Block Kit Builder, and sends nothing. */
export function dryRun(message: Message, facts: Ending["facts"], log: Log): Ending {
  log.startGroup("payload");
  log.output(`${JSON.stringify(message, undefined, 2)}\n`);
  log.endGroup();
  return ending("planned", "the payload stands above; nothing was sent", { facts });
}
