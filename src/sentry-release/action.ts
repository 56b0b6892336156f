import { act as actTelling } from "../kit/telling-action.js";
import { noOutputs } from "./ending.js";
import { defaultTimeLimit, readInputs } from "./inputs.js";
import type { Platform } from "./platform.js";

/** The whole action: reads its inputs, tells Sentry, and reports however it ended. Never throws. */
export async function act(platform: Platform): Promise<void> {
  const action = { name: "sentry-release", timeLimit: defaultTimeLimit, noOutputs, readInputs };
  await actTelling(
    {
      ...action,
      run: async (inputs, timeline, deadline) => {
        const { tellSentry } = await import("./tell-sentry.js");
        return tellSentry(inputs, timeline, deadline, platform);
      },
    },
    platform,
  );
}
