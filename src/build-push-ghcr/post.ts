import { rm } from "node:fs/promises";
import type { Platform } from "./platform.js";
import { savedState } from "./saved-state.js";

/** After the job: removes what the main step has left for it, the login above all. Never throws. */
export async function cleanUp(platform: Platform): Promise<void> {
  const { state } = platform;
  const [scratch, builder] = [state(savedState.scratch), state(savedState.builder)];
  // Both are tried, whatever becomes of the other.
  if (builder !== "")
    await tried(platform, `the builder ${builder}`, () => remove(builder, platform));
  if (scratch !== "")
    await tried(platform, "the login", () => rm(scratch, { recursive: true, force: true }));
}

/** Most runs have no builder of their own, and need nothing of this. */
async function remove(builder: string, { reach }: Platform): Promise<void> {
  const { removeOwn } = await import("./builder.js");
  const { findBuildx } = await import("./find-buildx.js");
  const { processes, docker } = await reach();
  const env = { DOCKER_CONFIG: docker.config, BUILDX_CONFIG: docker.buildx };
  const buildx = await findBuildx(docker);
  const why = await removeOwn(builder, (words) => processes.run([...buildx, ...words], { env }));
  if (why !== undefined) throw new Error(why);
}

async function tried({ log }: Platform, what: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    log.warning(`${what} could not be removed: ${why}`);
  }
}
