import { Deadline } from "../kit/deadline.js";
import type { Ending } from "../kit/tell.js";
import { Timeline } from "../kit/timeline.js";
import type { Inputs } from "../slack-notify/inputs.js";
import type { TellingPlatform } from "./platform.js";
import { savedState } from "./saved-message.js";

/** What a message says of a deploy at one moment. */
export type News = Pick<Inputs, "status" | "message" | "reports">;

/** Slack takes about one message a second and channel. */
const restMs = 1500;

const nothing: Ending["outputs"] = { ts: "", "thread-ts": "", "channel-id": "" };

/** A message in Slack that is edited as the deploy goes on; a webhook cannot edit, so it sends only the last one. */
export class LiveMessage {
  readonly #inputs: Inputs;
  readonly #platform: TellingPlatform;
  #sent = nothing;
  #sending: Promise<void> | undefined;
  #waiting: News | undefined;
  readonly #ending = new AbortController();

  constructor(inputs: Inputs, platform: TellingPlatform, sent: Ending["outputs"] = nothing) {
    this.#inputs = inputs;
    this.#platform = platform;
    this.#sent = sent;
  }

  /** Sends or edits in the background; of several that come while one is under way, only the last is told. */
  say(news: News): void {
    if (this.#inputs.way?.kind !== "bot" || this.#inputs.onlyOn !== "always") return;
    this.#waiting = news;
    this.#sending ??= this.#tellWaiting();
  }

  /** Tells how it ended, once what is under way has arrived. */
  async end(news: News): Promise<Ending["outputs"]> {
    this.#waiting = undefined;
    this.#ending.abort();
    await this.#sending;
    await this.#tell(news);
    this.#platform.saveState(savedState.ended, "true");
    return this.#sent;
  }

  async #tellWaiting(): Promise<void> {
    while (this.#waiting !== undefined) {
      const news = this.#waiting;
      this.#waiting = undefined;
      await this.#tell(news);
      await this.#rest();
    }
    this.#sending = undefined;
  }

  async #rest(): Promise<void> {
    await this.#platform.clock.sleep(restMs, this.#ending.signal).catch(() => undefined);
  }

  async #tell(news: News): Promise<void> {
    const { clock, log } = this.#platform;
    const { way, timeLimitMs } = this.#inputs;
    const { ts = "", "channel-id": channel = "" } = this.#sent;
    const edited = way?.kind === "bot" && ts !== "" ? { ...way, channel, update: ts } : way;
    const deadline = new Deadline(clock, clock.monotonic(), timeLimitMs);
    try {
      const { notify } = await import("../slack-notify/notify.js");
      const inputs = { ...this.#inputs, ...news, way: edited };
      const told = await notify(inputs, new Timeline(clock), deadline, this.#platform);
      this.#note(told);
    } catch (failure) {
      const why = failure instanceof Error ? failure.message : String(failure);
      log.warning(`Slack was not told: ${why}`);
    }
  }

  #note({ outputs, error }: Ending): void {
    if (outputs["ts"] !== undefined && outputs["ts"] !== "") {
      this.#sent = outputs;
      this.#platform.saveState(savedState.message, JSON.stringify(outputs));
    }
    if (error !== undefined) this.#platform.log.warning(`${error.message}. ${error.remedy}`);
  }
}
