import type { Deadline } from "../kit/deadline.js";
import { eventFacts } from "../kit/event.js";
import { type ReadReport, readReports } from "../kit/read-reports.js";
import { asBelayError } from "../kit/errors.js";
import type { Ending } from "../kit/tell.js";
import type { Timeline } from "../kit/timeline.js";
import { type CommitSources, tellCommits } from "./commits.js";
import { whyNotDeployed } from "./deployed.js";
import { ending } from "./ending.js";
import type { Inputs } from "./inputs.js";
import { type Plan, planFacts, planOf } from "./plan.js";
import type { Platform, Run } from "./platform.js";
import { type Line, Sentry } from "./sentry.js";

/** Tells Sentry of the release that now runs, or says why there is none. */
export async function tellSentry(
  inputs: Inputs,
  timeline: Timeline,
  deadline: Deadline,
  platform: Platform,
): Promise<Ending> {
  const { run, log } = platform;
  const event = eventFacts(await platform.event());
  const reports = readAll(inputs.reports, (problem) => log.warning(problem));
  const plan = planOf(inputs, run, event, reports);
  const facts = planFacts(plan, inputs);
  const why = whyNotDeployed(inputs.status, reports);
  if (why !== undefined) return ending("skipped", `nothing new runs: ${why}`, { facts });
  if (inputs.dryRun) {
    for (const { name, value } of facts) log.info(`${name}: ${value}`);
    return ending("planned", "the plan stands above; Sentry was told nothing", { facts });
  }
  const { http, processes } = await platform.reach();
  const sentry = new Sentry(inputs, lineOf(platform, http, deadline));
  const signal = AbortSignal.any([
    platform.signal,
    // A git that hangs must leave time for the deploy and the date.
    AbortSignal.timeout(Math.round(deadline.leftMs() / 3)),
  ]);
  const sources = { run, pushed: event.pushed, processes, log, signal };
  return tellAll(plan, facts, sentry, sources, { timeline, now: () => platform.clock.now() });
}

/** Deploy and date count more than the list of commits: they are told also when that fails. */
async function tellAll(
  plan: Plan,
  planned: Ending["facts"],
  sentry: Sentry,
  sources: CommitSources,
  { timeline, now }: { readonly timeline: Timeline; readonly now: () => number },
): Promise<Ending> {
  const { version } = plan;
  const { run } = sources;
  const time = (): string => new Date(now()).toISOString();
  await timeline.step("release", () => sentry.createRelease(releaseOf(plan, run)));
  let facts = planned;
  let failure: unknown;
  try {
    if (plan.commits) {
      const value = await timeline.step("commits", () => tellCommits(version, sentry, sources));
      facts = [...facts, { name: "commits", value }];
    }
  } catch (thrown) {
    failure = thrown;
  }
  try {
    if (plan.environment !== "")
      await timeline.step("deploy", () => sentry.addDeploy(version, deployOf(plan, run, time())));
    if (plan.finalize) await timeline.step("finalize", () => sentry.finalize(version, time()));
  } catch (thrown) {
    failure ??= thrown;
  }
  if (failure === undefined)
    return ending("created", `Sentry knows the release ${version}`, { facts, release: version });
  const verdict = `the release ${version} is there, but: ${asBelayError(failure).message}`;
  return ending("failed", verdict, { failure, facts, release: version });
}

function releaseOf(
  { version, projects }: Plan,
  { sha, repository, server }: Run,
): Parameters<Sentry["createRelease"]>[0] {
  const isKnown = sha !== "" && repository !== "" && server !== "";
  return {
    version,
    projects,
    ...(sha !== "" && { ref: sha }),
    ...(isKnown && { url: `${server}/${repository}/commit/${sha}` }),
  };
}

function deployOf(
  { environment, deployStartedAt }: Plan,
  { url, id, attempt }: Run,
  dateFinished: string,
): Parameters<Sentry["addDeploy"]>[1] {
  const dateStarted = Number.isNaN(Date.parse(deployStartedAt))
    ? {}
    : { dateStarted: deployStartedAt };
  const name = `run ${id}${attempt === "" || attempt === "1" ? "" : `, attempt ${attempt}`}`;
  return { environment, name, ...(url !== "" && { url }), ...dateStarted, dateFinished };
}

function readAll(text: string, warn: (problem: string) => void): readonly ReadReport[] {
  if (text === "") return [];
  const { found, problems } = readReports(text);
  for (const problem of problems) warn(`\`reports\`: ${problem}; it is left out.`);
  return found;
}

function lineOf({ clock, random, signal }: Platform, http: Line["http"], deadline: Deadline): Line {
  const sleep: Line["patience"]["sleep"] = (ms, stop) => clock.sleep(ms, stop);
  return { http, now: () => clock.now(), patience: { deadline, sleep, random, signal } };
}
