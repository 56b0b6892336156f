import { Deadline } from "../kit/deadline.js";
import type { Onlooker } from "../kit/onlooker.js";
import { reportJson } from "../kit/report.js";
import { Timeline } from "../kit/timeline.js";
import type { Inputs as SentryInputs } from "../sentry-release/inputs.js";
import type { Inputs } from "./inputs.js";
import { LiveMessage, type News } from "./live-message.js";
import type { TellingPlatform } from "./platform.js";

const noOutputs = { ts: "", "thread-ts": "", "channel-id": "" };

/** Has Slack hear of the deploy as it goes on, and Sentry of what runs at its end. */
export function audience({ slack, sentry }: Inputs, platform: TellingPlatform): Onlooker {
  const message = slack.inputs && new LiveMessage(slack.inputs, platform);
  // Inputs that prove wrong are told too: until they are read, nobody knows that nothing will change.
  let isTold = true;
  return {
    begins: ({ changesAnything }) => {
      isTold = changesAnything;
      if (isTold) message?.say(under("the deploy begins"));
      else platform.log.debug("nothing will change, so nobody is told");
    },
    step: (name) => {
      if (isTold) message?.say(under(`step: ${name}`));
    },
    ends: async (report) => {
      if (!isTold) return noOutputs;
      const reports = reportJson(report);
      const news: News = { status: undefined, message: slack.inputs?.message ?? "", reports };
      const [sent = noOutputs] = await Promise.all([
        message?.end(news),
        sentry.inputs && tellSentry({ ...sentry.inputs, status: report.status, reports }, platform),
      ]);
      return { ...noOutputs, ...pick(sent) };
    },
  };
}

function under(message: string): News {
  return { status: "started", message, reports: "" };
}

function pick(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(noOutputs).map((name) => [name, outputs[name] ?? ""]));
}

/** Only what runs now is a release: what else the deploy came to, Sentry is not told. */
async function tellSentry(inputs: SentryInputs, platform: TellingPlatform): Promise<void> {
  const { clock, log } = platform;
  const deadline = new Deadline(clock, clock.monotonic(), inputs.timeLimitMs);
  try {
    const { tellSentry: tell } = await import("../sentry-release/tell-sentry.js");
    const { verdict, error } = await tell(inputs, new Timeline(clock), deadline, platform);
    if (error === undefined) log.info(`Sentry: ${verdict}`);
    else log.warning(`${error.message}. ${error.remedy}`);
  } catch (failure) {
    log.warning(
      `Sentry was not told: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  }
}
