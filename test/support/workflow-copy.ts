import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";

const templates = join(import.meta.dirname, "../../workflows-templates");

/** A workflow as parsed YAML, to be changed in place. */
export interface Workflow {
  readonly jobs: Record<string, Job>;
}

export interface Job {
  readonly environment?: string | { name: string; deployment?: boolean };
  needs?: string | string[];
  steps?: Step[];
  with?: Record<string, unknown>;
  uses?: string;
}

export interface Step {
  readonly id?: string;
  readonly uses?: string;
  with?: Record<string, unknown>;
}

/**
 * Copies a template into a checkout, changed by `change`, and with what act lacks done in its place: what a job reads of
 * its environment is found under `<ENVIRONMENT>_<NAME>`, so that one without the environment has none of it.
 */
export async function copyTemplate(
  workspace: string,
  name: string,
  change: (workflow: Workflow) => void,
): Promise<void> {
  const workflow = parse(await readFile(join(templates, name), "utf8")) as Workflow;
  change(workflow);
  for (const [id, job] of Object.entries(workflow.jobs)) workflow.jobs[id] = withEnvironment(job);
  const folder = join(workspace, ".github/workflows");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), stringify(workflow, { lineWidth: 0 }));
}

/** Changes a workflow of a copy of this repository in place. */
export async function changeWorkflow(
  path: string,
  change: (workflow: Workflow) => void,
): Promise<void> {
  const workflow = parse(await readFile(path, "utf8")) as Workflow;
  change(workflow);
  await writeFile(path, stringify(workflow, { lineWidth: 0 }));
}

/** Takes a job out, and out of what others wait for. */
export function removeJob({ jobs }: Workflow, id: string): void {
  if (!(id in jobs)) throw new Error(`there is no job ${id}`);
  Reflect.deleteProperty(jobs, id);
  for (const job of Object.values(jobs))
    if (job.needs !== undefined) job.needs = [job.needs].flat().filter((one) => one !== id);
}

/** Takes an input out of whatever has it, or gives it another value; throws where nothing has it. */
export function changeInput({ jobs }: Workflow, name: string, value?: string): void {
  const all = Object.values(jobs).flatMap((job) => [job, ...(job.steps ?? [])]);
  const having = all.flatMap(({ with: inputs }) =>
    inputs !== undefined && name in inputs ? [inputs] : [],
  );
  if (having.length === 0) throw new Error(`nothing has the input ${name}`);
  for (const inputs of having) {
    if (value === undefined) Reflect.deleteProperty(inputs, name);
    else inputs[name] = value;
  }
}

/** A file that says `deployment: false` is refused by act, which knows no deployments anyway. */
function withEnvironment(job: Job): Job {
  const { environment } = job;
  const name = typeof environment === "string" ? environment : environment?.name;
  if (name === undefined) return job;
  const text = JSON.stringify({ ...job, environment: name }).replaceAll(
    /\b(vars|secrets)\.(?!GITHUB_TOKEN\b)([A-Z_]+)/g,
    `$1.${prefixOf(name)}$2`,
  );
  return JSON.parse(text) as Job;
}

/** Values of an environment by the names that `copyTemplate` gives them. */
export function valuesOf(
  environment: string,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefixOf(environment)}${name}`, value]),
  );
}

function prefixOf(environment: string): string {
  return `${environment.toUpperCase().replaceAll("-", "_")}_`;
}
