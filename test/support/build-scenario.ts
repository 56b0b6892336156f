import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OciImage, store } from "./oci-image.js";
import {
  type OciRegistry,
  type OciRegistryOptions,
  startOciRegistry,
} from "./receivers/oci-registry.js";
import { type ActionResult, startAction } from "./run-action.js";
import { removeFolder, scratchFolder } from "./scratch.js";
import { type BuildxScript, makeStandInDocker, type StandInDocker } from "./stand-in-docker.js";

/** The whole action around a build that does not take place: registry, tags and scanners are as real as they can be. */
export interface BuildScenario {
  readonly folder: string;
  readonly registry: OciRegistry;
  readonly docker: StandInDocker;
  readonly image: string;
  /** Puts a program in front of the machine's, as a script of sh. */
  program(name: string, script: string): Promise<void>;
  /** Has buildx build `image`, which lies in the registry already, and runs the action. */
  run(
    image: OciImage | undefined,
    options?: {
      readonly inputs?: Readonly<Record<string, string>>;
      readonly facts?: Readonly<Record<string, string>>;
      readonly event?: unknown;
      readonly says?: BuildxScript["says"];
      readonly isStored?: boolean;
    },
  ): Promise<ActionResult>;
  stop(): Promise<void>;
}

export const commit = (letter: string): string => letter.repeat(40);

export async function startBuildScenario(options: OciRegistryOptions = {}): Promise<BuildScenario> {
  const folder = await scratchFolder("build-scenario");
  const checkout = join(folder, "checkout");
  await mkdir(checkout);
  await writeFile(join(checkout, "Dockerfile"), "FROM scratch\n# the app\nCOPY app /app\n");
  const registry = await startOciRegistry(options);
  const docker = await makeStandInDocker(folder);
  const image = `${registry.address}/ada/climbing`;
  return {
    ...{ folder, registry, docker, image },
    program: async (name, script) => {
      await writeFile(join(docker.path, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(docker.path, name), 0o755);
    },
    run: async (
      built,
      { inputs = {}, facts = {}, event = {}, says = [], isStored = true } = {},
    ) => {
      if (built !== undefined && isStored) store(registry, built);
      await docker.behave({ says, ...(built !== undefined && { image: built }) });
      const running = await startAction({
        action: "build-push-ghcr",
        workspace: checkout,
        event,
        inputs: {
          ...{ image, username: registry.username, password: registry.password },
          ...{ tags: "type=raw,value=stable", retries: "1", ...inputs },
        },
        facts: {
          PATH: `${docker.path}:${process.env["PATH"] ?? ""}`,
          DOCKER_CONFIG: docker.config,
          GITHUB_SHA: commit("a"),
          GITHUB_RUN_NUMBER: "5",
          ...facts,
        },
      });
      const result = await running.done;
      const post = await running.post();
      if (post.exitCode !== 0) throw new Error(`the post step failed: ${post.log.text}`);
      return result;
    },
    stop: async () => {
      await registry.stop();
      await removeFolder(folder);
    },
  };
}
