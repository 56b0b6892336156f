import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { BelayError } from "../kit/errors.js";
import { mountedSecrets, parseDockerfile } from "./build/dockerfile.js";
import type { Inputs } from "./inputs.js";

/** The Dockerfile of a build, where it lies on this machine. */
export interface LocalDockerfile {
  /** From the root of the repository; absolute where it lies outside. */
  readonly path: string;
  readonly text: string;
}

/** Reads it; undefined where the context is somewhere else. Throws `config` when there is none. */
export async function readDockerfile(
  { context, file }: Pick<Inputs, "context" | "file">,
  workspace: string,
): Promise<LocalDockerfile | undefined> {
  if (isRemote(context) && file === "") return undefined;
  const whole = resolve(workspace, file || join(context, "Dockerfile"));
  const inside = relative(workspace, whole);
  const path = inside.startsWith("..") ? whole : inside;
  try {
    return { path, text: await readFile(whole, "utf8") };
  } catch (cause) {
    const remedy = "Check `context` and `file`, and check the repository out before this step.";
    throw new BelayError("config", `there is no Dockerfile at ${path}`, remedy, { cause });
  }
}

/** What buildx fetches by itself. */
function isRemote(context: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|-$)/i.test(context);
}

/** A sentence for each secret that no instruction mounts: it has most often the wrong name. */
export function unusedSecrets(
  names: readonly string[],
  { path, text }: LocalDockerfile,
): readonly string[] {
  const mounted = mountedSecrets(parseDockerfile(text));
  const has = mounted.length === 0 ? "none" : mounted.join(", ");
  return names
    .filter((name) => !mounted.includes(name))
    .map(
      (name) =>
        `\`secrets\` gives \`${name}\`, which no RUN of ${path} mounts by that id; mounted: ${has}`,
    );
}
