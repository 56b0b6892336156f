import { act as actChecks } from "../checks/act.js";
import type { Platform } from "../checks/platform.js";
import { readInputs } from "./inputs.js";
import { look } from "./look.js";

export const actionName = "test-node";

/** The whole action: reads its inputs, runs the checks, and reports however it ended. Never throws. */
export async function act(platform: Platform): Promise<void> {
  await actChecks(
    {
      name: actionName,
      readInputs,
      look: (inputs) => look(inputs, platform),
      run: async (inputs) => {
        const { runProjects } = await import("./run.js");
        return runProjects(inputs, platform);
      },
    },
    platform,
  );
}
