import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { actionNames } from "../../scripts/bundler/actions.js";
import { runAction } from "../support/run-action.js";
import { runProgram } from "../support/program.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const root = join(import.meta.dirname, "../..");

let empty: string;
beforeEach(async () => {
  empty = await scratchFolder("empty");
});
afterEach(() => removeFolder(empty));

describe.each(await actionNames(root))("the bundle of %s, in an empty folder", (action) => {
  it("starts, refuses missing inputs and sets its outputs", async () => {
    const result = await runAction({ action, inputs: {}, workspace: empty });
    expect(result.exitCode).toBe(1);
    expect(result.outputs).toMatchObject({ status: "failed" });
    expect(JSON.parse(result.outputs["report"] ?? "")).toMatchObject({
      action,
      status: "failed",
      error: { code: "config" },
    });
    expect(result.log.annotations.map(({ level }) => level)).toContain("error");
    expect(result.log.unmasked).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
  });

  it("reports bad input in at most twice the time of a bare node", async () => {
    // The quickest of each: whatever else runs on the machine only adds.
    const quickest = { bare: Infinity, action: Infinity };
    const script = join(root, "dist", action, "index.js");
    for (let round = 0; round < 21; round += 1) {
      quickest.bare = Math.min(quickest.bare, await timeOf([process.execPath, "-e", "0"], empty));
      quickest.action = Math.min(quickest.action, await timeOf([process.execPath, script], empty));
    }
    expect(quickest.action / quickest.bare).toBeLessThanOrEqual(2);
  });
});

async function timeOf(argv: readonly string[], cwd: string): Promise<number> {
  const started = performance.now();
  await runProgram(argv, { cwd, env: { GITHUB_ACTIONS: "true" } });
  return performance.now() - started;
}
