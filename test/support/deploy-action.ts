import type { AppRelease } from "./app-workspace.js";
import { type ActionResult, type RunningAction, startAction } from "./run-action.js";
import type { Site } from "./site.js";

let run = 5000;

/** Commits `release` and starts the root action with the inputs of the site's workflow and `over`. */
export async function startDeploy(
  site: Site,
  release: AppRelease,
  over: Readonly<Record<string, string>> = {},
): Promise<RunningAction> {
  const sha = await site.workspace.commit(release);
  run += 1;
  return startAction({
    action: "deploy",
    workspace: site.workspace.path,
    inputs: { ...site.inputs, "health-expect": sha, ...over },
    facts: { GITHUB_SHA: sha, GITHUB_RUN_ID: String(run), GITHUB_RUN_NUMBER: String(run) },
  });
}

/** The same, to its end. */
export async function deploy(...words: Parameters<typeof startDeploy>): Promise<ActionResult> {
  return (await startDeploy(...words)).done;
}
