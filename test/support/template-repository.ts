import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withWords } from "./example-files.js";
import { runWorkflow, type StandIns, type WorkflowResult, type WorkflowRun } from "./peers/act.js";
import { mustRun } from "./program.js";
import { removeFolder, scratchFolder } from "./scratch.js";

const templates = join(import.meta.dirname, "../../workflows-templates");

/** What people set under Settings > Environments. */
export type EnvironmentSettings = Pick<WorkflowRun, "variables" | "secrets">;

/** A repository that has copied workflows from the templates, with act as its runner. */
export interface TemplateRepository {
  readonly path: string;
  /** Runs git there; returns what it said. */
  readonly git: (...words: readonly string[]) => Promise<string>;
  /** Runs the workflow of a template to its end, with these settings; act gives them to every job. */
  run(
    template: string,
    settings: EnvironmentSettings,
    trigger: Pick<WorkflowRun, "event" | "payload" | "env" | "options" | "programs">,
  ): Promise<WorkflowResult>;
  remove(): Promise<void>;
}

/** Copies the templates as their users do, and commits them to `main`; `standIns` also goes into our actions as they run. */
export async function makeTemplateRepository(
  names: readonly string[],
  standIns: StandIns = {},
): Promise<TemplateRepository> {
  const path = await scratchFolder("repository");
  const workflows = join(path, ".github/workflows");
  await mkdir(workflows, { recursive: true });
  for (const name of names) {
    const text = await readFile(join(templates, `${name}.yml`), "utf8");
    await writeFile(join(workflows, `${name}.yml`), withWords(knownToAct(text), standIns));
  }
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  const git = async (...words: readonly string[]): Promise<string> =>
    (await mustRun(["git", "-C", path, ...who, ...words])).trim();
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "Workflows");
  return {
    ...{ path, git },
    run: (template, settings, trigger) =>
      runWorkflow({
        workspace: path,
        workflow: `${template}.yml`,
        standIns,
        ...settings,
        ...trigger,
      }),
    remove: () => removeFolder(path),
  };
}

/** act refuses a file that speaks of deployments, and knows none anyway. */
function knownToAct(text: string): string {
  return text.replaceAll(/^ *deployment: false\n/gm, "");
}
