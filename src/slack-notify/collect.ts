import { logCommits, parseCommits } from "../commands/git.js";
import type { Deadline } from "../kit/deadline.js";
import { type Commit, type EventFacts, eventFacts } from "../kit/event.js";
import type { ReadReport } from "../kit/read-reports.js";
import { readNeeds, readReports } from "../kit/read-reports.js";
import type { GitHub } from "./github.js";
import type { Inputs } from "./inputs.js";
import type { Platform, Run, World } from "./platform.js";
import { reportsOf, type Story } from "./story.js";
import { verdictOf } from "./verdict.js";

/** A checkout that does not answer must not keep the message. */
const longestGitMs = 3000;

/** Puts together what is known, from inputs, event, checkout and GitHub. Warns of what should be there and is not. */
export async function collect(
  inputs: Inputs,
  { run, event, log, clock }: Pick<Platform, "run" | "event" | "log" | "clock">,
  { processes }: Pick<World, "processes">,
  { github, deadline }: { readonly github: GitHub | undefined; readonly deadline: Deadline },
): Promise<Story> {
  const facts = eventFacts(await event());
  const told = readTold(inputs, (problem) => log.warning(problem));
  const commit = facts.commit ?? (await checkedOut(run, processes, deadline));
  const story = tellStory(inputs, run, facts, { ...told, commit });
  const began = earliest(reportsOf(story)) ?? (await github?.startedAt());
  return { ...story, durationMs: began && Math.max(0, clock.now() - began) };
}

type Told = Pick<Story, "jobs" | "reports"> & { readonly incomplete: boolean };

/** A report that cannot be read is named, and the message sent all the same: somebody waits for it. */
function readTold({ needs, reports }: Inputs, warn: (problem: string) => void): Told {
  const jobs = needs === "" ? { found: [], problems: [] } : readNeeds(needs);
  const read = reports === "" ? { found: [], problems: [] } : readReports(reports);
  const advice = "Write it as `${{ toJSON(needs) }}`.";
  if (jobs === undefined)
    warn(
      `\`needs\` is not the JSON of needs: the message cannot say how the jobs ended. ${advice}`,
    );
  for (const problem of jobs?.problems ?? []) warn(`\`needs\`: ${problem}; it is left out.`);
  for (const problem of read.problems) warn(`\`reports\`: ${problem}; it is left out.`);
  const incomplete = jobs === undefined || (read.problems.length > 0 && read.found.length === 0);
  return { jobs: jobs?.found ?? [], reports: read.found, incomplete };
}

function tellStory(
  inputs: Inputs,
  run: Run,
  facts: EventFacts,
  { jobs, reports, incomplete, commit }: Told & { readonly commit: Commit | undefined },
): Story {
  const repositoryUrl = run.repository === "" ? "" : `${run.server}/${run.repository}`;
  const sha = commit?.sha ?? run.sha;
  const all = [...reports, ...jobs.flatMap((job) => job.reports)];
  return {
    kind: verdictOf({ status: inputs.status, jobs, reports, incomplete }),
    title: inputs.title || run.workflow || run.repository || "The workflow",
    environment: inputs.environment || facts.environment || factOf(all, "environment"),
    message: inputs.message,
    fields: inputs.fields,
    jobs,
    reports,
    repository: run.repository,
    repositoryUrl,
    branch: run.refName,
    commit: commit ?? (sha === "" ? undefined : { sha, subject: "", author: "" }),
    commitUrl: sha === "" || repositoryUrl === "" ? "" : `${repositoryUrl}/commit/${sha}`,
    actor: run.actor,
    runUrl: run.url,
    compareUrl: sinceLastRelease(all, repositoryUrl, sha) || facts.compareUrl,
    pullRequestUrl: facts.pullRequestUrl,
    durationMs: undefined,
  };
}

/** The id of a release ends in the commit that it was made of. */
function sinceLastRelease(
  reports: readonly ReadReport[],
  repositoryUrl: string,
  sha: string,
): string {
  const previous = /-([0-9a-f]{7,40})$/.exec(factOf(reports, "previous release"))?.[1];
  if (previous === undefined || repositoryUrl === "" || sha === "" || sha.startsWith(previous))
    return "";
  return `${repositoryUrl}/compare/${previous}...${sha}`;
}

function factOf(reports: readonly ReadReport[], name: string): string {
  return reports.flatMap(({ facts }) => facts).find((fact) => fact.name === name)?.value ?? "";
}

/** Where the event names no commit, as with a schedule: what the checkout says of it, if there is one. */
async function checkedOut(
  { sha, workspace }: Run,
  processes: World["processes"],
  deadline: Deadline,
): Promise<Commit | undefined> {
  const limitMs = Math.round(Math.min(longestGitMs, deadline.leftMs() / 3));
  if (sha === "" || workspace === "") return undefined;
  try {
    const options = { cwd: workspace, signal: AbortSignal.timeout(limitMs) };
    const { code, stdout } = await processes.run(logCommits(sha, 1), options);
    const commit = code === 0 ? parseCommits(stdout)[0] : undefined;
    return (
      commit && { sha, subject: commit.message.split("\n", 1)[0] ?? "", author: commit.author }
    );
  } catch {
    return undefined;
  }
}

function earliest(reports: readonly ReadReport[]): number | undefined {
  const times = reports.map(({ startedAt }) => Date.parse(startedAt));
  const known = times.filter((time) => !Number.isNaN(time));
  return known.length === 0 ? undefined : Math.min(...known);
}
