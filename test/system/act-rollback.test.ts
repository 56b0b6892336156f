import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { wordsOf } from "../support/notify.js";
import type { WorkflowResult } from "../support/peers/act.js";
import { type Slack, startSlack } from "../support/receivers/slack.js";
import type { Site } from "../support/site.js";
import { secretsOf, settingsOf } from "../support/site-settings.js";
import { makeTemplateRepository, type TemplateRepository } from "../support/template-repository.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile();

let site: Site;
let slack: Slack;
let repository: TemplateRepository;
beforeAll(async () => {
  site = await world().site();
  for (const version of ["1.0", "2.0"]) {
    const { exitCode, log } = await site.deploy({ version });
    expect(exitCode, log.text).toBe(0);
  }
});
beforeEach(async () => {
  slack = await startSlack();
  repository = await makeTemplateRepository(["rollback"], { "https://slack.com/api": slack.api });
});
afterEach(async () => {
  await slack.stop();
  await repository.remove();
});

function dispatch(inputs: Readonly<Record<string, string>>): Promise<WorkflowResult> {
  const settings = settingsOf(site, slack);
  return repository.run("rollback", settings, { event: "workflow_dispatch", payload: { inputs } });
}

describe("the template rollback, run as GitHub runs it", () => {
  const inputs = {
    environment: "production",
    operation: "rollback",
    id: "",
    "across-migrations": "false",
  };

  it("only plans when it is asked to", async () => {
    const result = await dispatch({ ...inputs, "plan-only": "true" });
    expect(result.jobs, result.text).toMatchObject({ plan: "success" });
    expect(result.jobs["go-back"]).not.toBe("success");
    expect(await site.serving()).toMatchObject({ version: "2.0" });
    expect(slack.messages).toEqual([]);
  });

  it("plans, then brings back the release before, tells Slack, and hides the secrets", async () => {
    const result = await dispatch({ ...inputs, "plan-only": "false" });
    expect(result.exitCode, result.text).toBe(0);
    expect(result.jobs).toMatchObject({ plan: "success", "go-back": "success" });
    expect(result.text).toContain("planned: ");
    expect(result.text).toContain("rolled-back: ");
    expect(await site.serving()).toMatchObject({ version: "1.0" });
    const told = wordsOf(slack.messages.map(({ blocks }) => blocks));
    expect(told).toContain("production");
    for (const secret of secretsOf(site, settingsOf(site, slack))) {
      expect(secret.length).toBeGreaterThan(10);
      expect(result.text + told).not.toContain(secret);
    }
  });
});
