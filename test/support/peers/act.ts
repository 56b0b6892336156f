import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { committed } from "../../../scripts/workflows/home.js";
import { withWords } from "../example-files.js";
import { runProgram } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { actProgram } from "./built-programs.js";

const repository = join(import.meta.dirname, "../../..");

export interface WorkflowRun {
  /** The checkout; its workflows lie in .github/workflows. */
  readonly workspace: string;
  /** The file's name there. */
  readonly workflow: string;
  readonly event: "push" | "schedule" | "workflow_dispatch";
  /** The event's payload, such as `{ inputs: … }`. */
  readonly payload?: unknown;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Facts of the run beside those of act. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of programs that a runner would have, before those of the system. */
  readonly path?: readonly string[];
  /** Changes this repository's copy that the workflow uses, for what is not to be had here. */
  readonly change?: (folder: string) => Promise<void>;
  /** Words in our own workflows that it calls: what cannot be had here, and what stands in for it. */
  readonly standIns?: Readonly<Record<string, string>>;
}

export interface WorkflowResult {
  readonly exitCode: number | null;
  /** Each job's end by its id, of a called workflow also by `caller/id`: act is green where it skips what it does not know. */
  readonly jobs: Readonly<Record<string, string>>;
  /** What a user reads. */
  readonly text: string;
}

/** Runs a workflow as GitHub would, with the actions of this repository as the ones that it names. */
export async function runWorkflow(run: WorkflowRun): Promise<WorkflowResult> {
  const scratch = await scratchFolder("act");
  try {
    const ours = await slimCopy(join(scratch, "belay"));
    await run.change?.(ours);
    await standIn(join(ours, ".github/workflows"), run.standIns ?? {});
    const files = await writeFiles(scratch, run);
    const { repository: name, version } = committed;
    const words = [
      await actProgram(),
      run.event,
      ...["-W", join(".github/workflows", run.workflow)],
      ...["-P", "ubuntu-latest=-self-hosted", "--actor", "ada"],
      ...["--action-offline-mode", "--pull=false", "--no-cache-server", "--json"],
      ...["--action-cache-path", join(scratch, "cache")],
      ...["--local-repository", `${name}@${version}=${ours}`],
      ...["-e", files.event, "--var-file", files.variables, "--secret-file", files.secrets],
    ];
    const facts = { GITHUB_REPOSITORY: "ada/climbing", ...run.env };
    for (const [key, value] of Object.entries(facts)) words.push("--env", `${key}=${value}`);
    const { code, stdout, stderr } = await runProgram(words, {
      cwd: run.workspace,
      env: {
        PATH: [dirname(process.execPath), ...(run.path ?? []), "/usr/bin", "/bin"].join(":"),
        HOME: scratch,
        ACT_DISABLE_VERSION_CHECK: "1",
      },
    });
    return { exitCode: code, ...readLines(`${stdout}\n${stderr}`) };
  } finally {
    await removeFolder(scratch);
  }
}

/** act copies the folder for each step: only what a user's runner would need. */
async function slimCopy(to: string): Promise<string> {
  await mkdir(to, { recursive: true });
  for (const name of ["action.yml", "actions", "dist", ".github/workflows"])
    await cp(join(repository, name), join(to, name), { recursive: true });
  return to;
}

async function standIn(folder: string, standIns: Readonly<Record<string, string>>): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const text = (await readFile(file, "utf8")).replaceAll(optionalSteps, "");
    await writeFile(file, withWords(text, standIns));
  }
}

/** act fetches an action even where `if` leaves its step out. */
const optionalSteps = /^ {6}- if: .*\n {8}uses: actions\/setup-.*\n {8}with:\n(?: {10}.*\n)+/gm;

async function writeFiles(
  folder: string,
  { payload = {}, variables, secrets }: WorkflowRun,
): Promise<{ readonly event: string; readonly variables: string; readonly secrets: string }> {
  const files = {
    event: join(folder, "event.json"),
    variables: join(folder, "variables.yml"),
    secrets: join(folder, "secrets.yml"),
  };
  await writeFile(files.event, JSON.stringify(payload));
  await writeFile(files.variables, stringify(variables));
  await writeFile(files.secrets, stringify(secrets), { mode: 0o600 });
  return files;
}

interface Line {
  readonly msg?: string;
  /** `Workflow/job`, of a called one `caller/Workflow/job`. */
  readonly job?: string;
  readonly jobID?: string;
  readonly jobResult?: string;
}

function readLines(printed: string): Pick<WorkflowResult, "jobs" | "text"> {
  const jobs: Record<string, string> = {};
  const text = printed.split("\n").map((line) => {
    const read = parsed(line);
    if (read?.jobResult !== undefined && read.jobID !== undefined) {
      jobs[read.jobID] = read.jobResult;
      const [caller = "", , called] = read.job?.split("/") ?? [];
      if (called !== undefined) jobs[`${caller}/${read.jobID}`] = read.jobResult;
    }
    return read?.msg?.trimEnd() ?? line;
  });
  return { jobs, text: text.join("\n") };
}

function parsed(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}
