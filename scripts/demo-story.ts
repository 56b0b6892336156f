import { setTimeout as sleep } from "node:timers/promises";
import { killAt } from "../test/support/chaos.js";
import { type LoadResult, startLoad } from "../test/support/load.js";
import type { ActionResult } from "../test/support/run-action.js";
import type { Site } from "../test/support/site.js";
import type { Teller } from "./demo-teller.js";

/** Plays the six parts on `site`; returns the job summaries in order. Throws when a part ends otherwise than told. */
export async function playStory(site: Site, teller: Teller): Promise<readonly string[]> {
  const first = await firstDeploy(site, teller);
  const second = await deployUnderLoad(site, teller);
  const broken = await brokenRelease(site, teller);
  await killedRunner(site, teller);
  const back = await manualRollback(site, teller, first);
  await rollbackOnServer(site, teller, second);
  return [first, second, broken, back].map(({ summary }) => summary);
}

async function firstDeploy(site: Site, teller: Teller): Promise<ActionResult> {
  teller.part("A first deploy");
  const result = await site.deploy({ version: "1.0" });
  expectEnd(result, 0, "deployed");
  teller.tell(`release ${release(result)} serves ${await serving(site)}`);
  return result;
}

async function deployUnderLoad(site: Site, teller: Teller): Promise<ActionResult> {
  teller.part("A deploy with a migration, under load");
  const load = startLoad(`${site.url}/items`, { requestsPerSecond: 50 });
  await sleep(500);
  const result = await site.deploy({ version: "2.0", migrations: 2 });
  await sleep(500);
  const { requests, failures, versions } = await load.stop();
  expectEnd(result, 0, "deployed");
  const { outputs } = result;
  teller.tell(
    `backup ${outputs["backup-id"] ?? ""}: ${outputs["backup-bytes"] ?? ""} bytes, read back and whole`,
  );
  teller.tell(`release ${release(result)} serves ${await serving(site)}`);
  teller.tell(`${requests} requests meanwhile, ${failures.length} failed; ${answered(versions)}`);
  if (failures.length > 0)
    throw new Error(`requests failed: ${JSON.stringify(failures.slice(0, 3))}`);
  return result;
}

async function brokenRelease(site: Site, teller: Teller): Promise<ActionResult> {
  teller.part("A release that answers 500 after it started");
  const result = await site.deploy({ version: "3.0", migrations: 2, broken: "answers-500" });
  expectEnd(result, 1, "rolled-back");
  teller.tell(
    `the action failed in step ${result.outputs["failed-step"] ?? ""}: ${lastError(result)}`,
  );
  teller.tell(`put back by itself: it serves ${await serving(site)}`);
  return result;
}

async function killedRunner(site: Site, teller: Teller): Promise<void> {
  teller.part("The runner killed with SIGKILL in mid-deploy");
  const release = { version: "4.0", migrations: 2, broken: "answers-500" } as const;
  const running = await site.start(release, { "health-timeout": "60s" });
  if (!(await killAt(running.child, { said: /activate/ })))
    throw new Error("the action ended before it was killed");
  teller.tell(`killed right after the switch; it serves ${await serving(site)}`);
  await site.settled();
  teller.tell(
    `the server heard nothing for 3 s and put the old release back: it serves ${await serving(site)}`,
  );
  await expectVersion(site, "2.0");
}

async function manualRollback(
  site: Site,
  teller: Teller,
  first: ActionResult,
): Promise<ActionResult> {
  teller.part("A manual rollback to an older release");
  const over = { release: release(first), "across-migrations": "true" };
  const result = await site.operate("rollback", over);
  expectEnd(result, 0, "rolled-back");
  teller.tell(`with nothing but host, key and path: it serves ${await serving(site)}`);
  await expectVersion(site, "1.0");
  return result;
}

async function rollbackOnServer(site: Site, teller: Teller, second: ActionResult): Promise<void> {
  teller.part("A rollback by a person on the server, without GitHub");
  teller.tell(`$ ${site.path}/.belay/belay rollback ${release(second)}`);
  const said = await site.belay("rollback", release(second));
  if (said.code !== 0)
    throw new Error(`belay rollback ended with ${said.code}: ${said.stdout}${said.stderr}`);
  teller.tell(`it serves ${await serving(site)}`);
  await expectVersion(site, "2.0");
}

function expectEnd(result: ActionResult, exitCode: number, status: string): void {
  if (result.exitCode === exitCode && result.outputs["status"] === status) return;
  const end = `exit code ${result.exitCode ?? "none"}, status ${result.outputs["status"] ?? "none"}`;
  throw new Error(`expected status ${status}, got ${end}:\n${result.log.text}`);
}

async function expectVersion(site: Site, version: string): Promise<void> {
  const answer = await site.serving();
  if (answer?.version !== version)
    throw new Error(`expected version ${version}, got ${answer?.version ?? "no answer"}`);
}

async function serving(site: Site): Promise<string> {
  const answer = await site.serving();
  return answer === undefined ? "nothing" : `version ${answer.version}, status ${answer.status}`;
}

function release(result: ActionResult): string {
  return result.outputs["release"] ?? "";
}

function answered(versions: LoadResult["versions"]): string {
  return [...versions].map(([version, { count }]) => `${count} answered by ${version}`).join(", ");
}

function lastError(result: ActionResult): string {
  const error = result.log.annotations.find(({ level }) => level === "error");
  return (error?.message ?? "").split("\n", 1)[0] ?? "";
}
