import { rm } from "node:fs/promises";
import { removeOwn } from "./builder.js";
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

async function remove(builder: string, { reach }: Platform): Promise<void> {
  const { processes, docker } = await reach();
  const env = { DOCKER_CONFIG: docker.config, BUILDX_CONFIG: docker.buildx };
  const why = await removeOwn(builder, (argv) => processes.run(argv, { env }));
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
