import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type DjangoComposeExample,
  startDjangoComposeExample,
} from "../support/django-compose-example.js";
import { type Load, startLoad } from "../support/load.js";
import { wordsOf } from "../support/notify.js";
import type { WorkflowResult } from "../support/peers/act.js";

let example: DjangoComposeExample;
beforeAll(async () => {
  example = await startDjangoComposeExample();
}, 300_000);
afterAll(() => example.stop());

/** What Slack was told since it was asked last; nothing secret stands there or in the log. */
let heard = 0;
function told({ text }: WorkflowResult): string {
  const messages = example.slack.messages.slice(heard);
  heard = example.slack.messages.length;
  const words = wordsOf(messages.map(({ blocks }) => blocks));
  for (const secret of example.secrets) {
    expect(secret.length).toBeGreaterThan(10);
    expect(text + JSON.stringify(messages)).not.toContain(secret);
  }
  return words;
}

/** A slow answer is one: beside the builds of other tests Django may need seconds for it. */
const startedLoad = (): Load =>
  startLoad(`${example.site.url}/`, {
    requestsPerSecond: 10,
    timeoutMs: 20_000,
    atMost: 5000,
    atMostMs: 300_000,
  });

/** `django` is the job of the called workflow `test`. */
const good = { django: "success", build: "success", deploy: "success" };

test("the first push to main puts the app behind nginx, with all that it needs", async () => {
  const pushed = await example.push("production", "README.md", (text) => `${text}\n`);
  expect(pushed.jobs, pushed.text).toMatchObject(good);
  expect(await example.page("production")).toEqual({
    version: pushed.sha,
    database: "aiia_prod",
    lessons: 0,
  });
  expect(told(pushed)).toContain("production");
}, 300_000);

test("a push to staging starts a second app beside it, with a database of its own", async () => {
  const load = startedLoad();
  const pushed = await example.push("staging", "README.md", (text) => `${text}\n`);
  expect(pushed.jobs, pushed.text).toMatchObject(good);
  expect(await example.page("staging")).toEqual({
    version: pushed.sha,
    database: "aiia_staging",
    lessons: 0,
  });
  const { failures, versions } = await load.stop();
  expect(failures).toEqual([]);
  expect(versions.size).toBe(1);
  expect(told(pushed)).toContain("staging");
}, 300_000);

test("the second push rolls production where memory is short, and loses no request", async ({
  annotate,
}) => {
  await example.available(40_000);
  const load = startedLoad();
  const pushed = await example.push("production", "code/apps/core/views.py", (text) =>
    text.replace('"lessons": Lesson', '"app": "ai-ia",\n            "lessons": Lesson'),
  );
  expect(pushed.jobs, pushed.text).toMatchObject(good);
  expect(pushed.text).toContain("stopping django_staging to make room");
  const { requests, failures, versions } = await load.stop();
  expect(failures).toEqual([]);
  expect(versions.size).toBe(2);
  expect(await example.page("production")).toMatchObject({ version: pushed.sha, app: "ai-ia" });
  await expect
    .poll(() => example.page("staging").catch(String), { timeout: 30_000 })
    .toMatchObject({ database: "aiia_staging" });
  told(pushed);
  await annotate(
    `the second push: ${stages(pushed)}; ${String(failures.length)} of ${String(requests)} requests failed`,
  );
}, 300_000);

test("a push whose app answers 500 is taken back by itself, Slack is told, and nobody notices", async () => {
  const before = await example.page("production");
  const load = startedLoad();
  // The job `test` has no Redis, and does not see it.
  const pushed = await example.push("production", "code/apps/core/health_check.py", (text) =>
    text.replace("def health(request):\n", broken),
  );
  expect(pushed.jobs, pushed.text).toMatchObject({ ...good, deploy: "failure" });
  const { failures, versions } = await load.stop();
  expect(failures).toEqual([]);
  expect([...versions.keys()]).toEqual([before["version"]]);
  expect(await example.page("production")).toMatchObject({ version: before["version"] });
  expect(told(pushed)).toMatch(/rolled.back/i);
}, 300_000);

test("the template rollback brings back the release before, without a build", async () => {
  const now = await example.page("production");
  const load = startedLoad();
  const result = await example.dispatch("rollback", "production", {
    ...{ environment: "production", operation: "rollback", id: "" },
    ...{ "across-migrations": "false", "plan-only": "false" },
  });
  expect(result.jobs, result.text).toMatchObject({ plan: "success", "go-back": "success" });
  const { failures, versions } = await load.stop();
  expect(failures).toEqual([]);
  expect(versions.size).toBe(2);
  const page = await example.page("production");
  expect(page["version"]).not.toBe(now["version"]);
  expect(page).not.toHaveProperty("app");
  expect(told(result)).toMatch(/rolled.back/i);
}, 300_000);

test("the templates for the daily backup and the drill find the database in its service", async () => {
  const backup = await example.dispatch("backup-daily", "production");
  expect(backup.jobs, backup.text).toMatchObject({ backup: "success" });
  const drill = await example.dispatch("restore-drill", "production");
  expect(drill.jobs, drill.text).toMatchObject({ drill: "success" });
  expect(told(drill)).toContain("daily");
}, 300_000);

const broken = `def health(request):
    import os

    if "REDIS_URL" in os.environ:
        raise RuntimeError("broken on purpose")
`;

/** How long the steps of each job took, from the log. */
function stages({ steps }: WorkflowResult): string {
  const sums = new Map<string, number>();
  for (const { job, durationMs } of steps) sums.set(job, (sums.get(job) ?? 0) + durationMs);
  return [...sums].map(([job, ms]) => `${job} ${(ms / 1000).toFixed(1)} s`).join(", ");
}
