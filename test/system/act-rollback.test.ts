import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runWorkflow, type WorkflowResult } from "../support/peers/act.js";
import { type Slack, startSlack } from "../support/receivers/slack.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import type { Site } from "../support/site.js";
import { worldOfFile } from "../support/world-of-file.js";

const templates = join(import.meta.dirname, "../../workflows-templates");
const world = worldOfFile();

let site: Site;
let slack: Slack;
let workspace: string;
beforeAll(async () => {
  site = await world().site();
  for (const version of ["1.0", "2.0"]) {
    const { exitCode, log } = await site.deploy({ version });
    expect(exitCode, log.text).toBe(0);
  }
});
beforeEach(async () => {
  slack = await startSlack();
  workspace = await scratchFolder("repository");
  const workflows = join(workspace, ".github/workflows");
  await mkdir(workflows, { recursive: true });
  const text = await readFile(join(templates, "rollback.yml"), "utf8");
  // act refuses a file that says so; it knows no deployments anyway.
  const known = text.replaceAll(/^ *deployment: false\n/gm, "");
  await writeFile(join(workflows, "rollback.yml"), known);
});
afterEach(async () => {
  await slack.stop();
  await removeFolder(workspace);
});

function dispatch(
  workflow: string,
  inputs: Readonly<Record<string, string>> = {},
): Promise<WorkflowResult> {
  const { host, port, username } = site.inputs;
  return runWorkflow({
    workspace,
    workflow,
    event: "workflow_dispatch",
    payload: { inputs },
    variables: {
      DEPLOY_HOST: `${username ?? ""}@${host ?? ""}:${port ?? ""}`,
      KNOWN_HOSTS: site.inputs["known-hosts"] ?? "",
      DEPLOY_PATH: site.path,
      APP_URL: site.url,
    },
    secrets: { DEPLOY_KEY: site.inputs["private-key"] ?? "", GITHUB_TOKEN: "x" },
  });
}

describe("the template rollback, run as GitHub runs it", () => {
  const inputs = {
    environment: "production",
    operation: "rollback",
    id: "",
    "across-migrations": "false",
  };

  it("only plans when it is asked to", async () => {
    const result = await dispatch("rollback.yml", { ...inputs, "plan-only": "true" });
    expect(result.jobs, result.text).toMatchObject({ plan: "success" });
    expect(result.jobs["go-back"]).not.toBe("success");
    expect(await site.serving()).toMatchObject({ version: "2.0" });
  });

  it("plans, then brings back the release before, and hides the key", async () => {
    const result = await dispatch("rollback.yml", { ...inputs, "plan-only": "false" });
    expect(result.exitCode, result.text).toBe(0);
    expect(result.jobs).toMatchObject({ plan: "success", "go-back": "success" });
    expect(result.text).toContain("planned: ");
    expect(result.text).toContain("rolled-back: ");
    expect(await site.serving()).toMatchObject({ version: "1.0" });
    const [, secretLine = ""] = (site.inputs["private-key"] ?? "").split("\n");
    expect(secretLine.length).toBeGreaterThan(10);
    expect(result.text).not.toContain(secretLine);
  });
});
