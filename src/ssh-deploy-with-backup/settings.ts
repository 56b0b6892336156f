import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BelayError } from "../kit/errors.js";
import {
  type JobSettings,
  localCalls,
  missingSettings,
  type Setting,
} from "../kit/workflow-settings.js";
import type { Platform } from "./platform.js";

/**
 * A `config` error as one message that lists what the workflow names and nobody has set, and where to set it;
 * the error itself where the workflow is not in the checkout, or that is not what is wrong.
 */
export async function namingSettings(
  error: BelayError,
  { run, input }: Pick<Platform, "run" | "input">,
): Promise<BelayError> {
  const problems = [error, ...error.also];
  const wrong = new Set(problems.map(({ message }) => /^`([\w-]+)`/.exec(message)?.[1]));
  const found = await jobSettings(run, input).catch(() => undefined);
  const missing = found?.missing.filter((setting) => wrong.has(setting.input)) ?? [];
  if (found === undefined || missing.length === 0) return error;
  const explained = new Set(missing.map((setting) => setting.input));
  const others = problems.filter(
    ({ message }) => !explained.has(/^`([\w-]+)`/.exec(message)?.[1] ?? ""),
  );
  return new BelayError("config", messageOf(missing), remedyOf(found, run), { also: others });
}

/** What the job was to be given, by the file of this run's workflow, or by the one of this repository that it calls. */
async function jobSettings(
  { workspace, workflowRef = "", job = "" }: Platform["run"],
  value: (input: string) => string,
): Promise<JobSettings | undefined> {
  const path = /^[^/]+\/[^/]+\/(\.github\/workflows\/[\w.-]+)@/.exec(workflowRef)?.[1];
  if (path === undefined || workspace === "" || job === "") return undefined;
  const { load } = await import("js-yaml/browser");
  const read = async (file: string): Promise<unknown> =>
    load(await readFile(join(workspace, file), "utf8"));
  const workflow = await read(path);
  for (const file of [undefined, ...localCalls(workflow)]) {
    const settings = missingSettings(file === undefined ? workflow : await read(file), job, value);
    if (settings.missing.length > 0) return settings;
  }
  return undefined;
}

function messageOf(missing: readonly Setting[]): string {
  const list = missing.map(({ kind, name, input }) => `the ${kind} ${name} (\`${input}\`)`);
  return `The workflow names settings that are empty: ${list.join(", ")}`;
}

function remedyOf(
  { environment, namesEnvironment }: JobSettings,
  { url }: Platform["run"],
): string {
  const repository = url.replace(/\/actions\/runs\/.*$/, "");
  if (!namesEnvironment)
    return `Set them at ${repository}/settings/secrets/actions and …/variables/actions; those of an environment reach only a job that names it with \`environment:\`.`;
  const where = environment === "" ? "the job's environment" : `the environment \`${environment}\``;
  return `Set them in ${where}, at ${repository}/settings/environments: variables under "Environment variables", secrets under "Environment secrets".`;
}
