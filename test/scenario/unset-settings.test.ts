import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { reportOf } from "../support/report-of.js";
import { runAction } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const templates = join(import.meta.dirname, "../../workflows-templates");

let workspace: string;
beforeEach(async () => {
  workspace = await scratchFolder("template");
  await mkdir(join(workspace, ".github"));
  await cp(templates, join(workspace, ".github/workflows"), { recursive: true });
});
afterEach(() => removeFolder(workspace));

/** What is left of the templates' inputs where no variable and no secret is set. */
const unset = {
  strategy: "compose",
  "health-url": "/api/health",
  "health-required": "true",
  images: "web=ghcr.io/ada/climbing@sha256:" + "a".repeat(64),
};

it.each(["deploy", "ssh-deploy-with-backup"])(
  "%s from a template with nothing filled in lists all that is missing in one message, and where to set it",
  async (action) => {
    const facts = {
      GITHUB_WORKFLOW_REF: "ada/climbing/.github/workflows/nextjs-compose-ssh.yml@refs/heads/main",
    };
    const result = await runAction({ action, workspace, inputs: unset, facts });
    expect(result.exitCode).toBe(1);
    const errors = result.log.annotations.filter(({ level }) => level === "error");
    expect(errors.map(({ message }) => message)).toEqual([
      "The workflow names settings that are empty: the variable DEPLOY_HOST (`host`), the secret DEPLOY_KEY " +
        "(`private-key`), the variable DEPLOY_PATH (`path`), the variable APP_URL (`health-url`). Set them in the " +
        "job's environment, at https://github.com/ada/climbing/settings/environments: variables under " +
        '"Environment variables", secrets under "Environment secrets".',
    ]);
    expect(reportOf(result).error).toMatchObject({ code: "config" });
  },
);
