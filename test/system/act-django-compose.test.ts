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

const startedLoad = (): Load =>
  startLoad(`${example.site.url}/`, {
    requestsPerSecond: 10,
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
