import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { actionNames, rootActionName } from "../../scripts/bundler/actions.js";
import { runAction } from "../support/run-action.js";
import { runProgram } from "../support/program.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const root = join(import.meta.dirname, "../..");

let empty: string;
beforeEach(async () => {
  empty = await scratchFolder("empty");
});
afterEach(() => removeFolder(empty));

/** Where a failure is only a warning unless this is set; the others have no such input. */
const strict = { errors: "true" };

describe.each(await actionNames(root))("the bundle of %s, in an empty folder", (action) => {
  it("starts, refuses missing inputs and sets its outputs", async () => {
    const result = await runAction({ action, inputs: strict, workspace: empty });
    expect(result.exitCode).toBe(1);
    // What nobody could ask is not known to be healthy; every other action has failed.
    const status = action === "health-gate" ? "unhealthy" : "failed";
    expect(result.outputs).toMatchObject({ status });
    expect(JSON.parse(result.outputs["report"] ?? "")).toMatchObject({
      // The root action reports what its target's own does, under that one's name.
      action: action === rootActionName ? "ssh-deploy-with-backup" : action,
      status,
      error: { code: "config" },
    });
    expect(result.log.annotations.map(({ level }) => level)).toContain("error");
    expect(result.log.unmasked).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
  });

  it("reports bad input by index.js alone: nothing heavy is loaded before the inputs proved valid", async () => {
    for (const name of ["index.js", "package.json"])
      await copyFile(join(root, "dist", action, name), join(empty, name));
    const { code, stdout } = await runProgram([process.execPath, join(empty, "index.js")], {
      cwd: empty,
      env: { GITHUB_ACTIONS: "true", INPUT_ERRORS: "true" },
    });
    expect(stdout).toMatch(/^::error::/m);
    expect(stdout).not.toContain("Cannot find module");
    expect(code).toBe(1);
  });
});

describe.each(["build-push-ghcr", "deploy", "ssh-deploy-with-backup"])(
  "the post step of %s",
  (action) => {
    it("does nothing where the main step was stopped before its first line", async () => {
      const post = join(root, "dist", action, "post.js");
      const env = { GITHUB_ACTIONS: "true", RUNNER_TEMP: empty };
      const { code, stdout, stderr } = await runProgram([process.execPath, post], {
        cwd: empty,
        env,
      });
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
    });
  },
);
