import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Processes } from "../../../src/ports/processes.js";
import { refuseOlder } from "../../../src/ssh-deploy-with-backup/superseded.js";

/** Real git, in a checkout with three commits. */
const processes: Processes = {
  run: ([program = "", ...args], options) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: options?.cwd });
    return Promise.resolve({ code: status ?? 1, stdout: String(stdout), stderr: String(stderr) });
  },
};
let workspace: string;
let commits: readonly string[];

beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), "belay-superseded-"));
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: workspace })
      .toString()
      .trim();
  git("init", "-q");
  commits = ["one", "two", "three"].map((message) => {
    git("commit", "-q", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  });
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

function check(
  own: { sha?: string; runId?: string },
  running: { sha?: string; runId?: string },
  using = processes,
): Promise<void> {
  const release = { id: "r1", digest: "", sha: running.sha ?? "", runId: running.runId ?? "" };
  return refuseOlder({ sha: own.sha ?? "", runId: own.runId ?? "", workspace }, release, using);
}

describe("refuseOlder", () => {
  it("refuses a commit that the running release already contains", async () => {
    await expect(check({ sha: commits[0] ?? "" }, { sha: commits[2] ?? "" })).rejects.toMatchObject(
      { code: "superseded" },
    );
  });

  it("lets a newer commit, the same one and a first deploy through", async () => {
    await check({ sha: commits[2] ?? "" }, { sha: commits[0] ?? "" });
    await check({ sha: commits[1] ?? "" }, { sha: commits[1] ?? "" });
    await refuseOlder({ sha: commits[0] ?? "", runId: "1", workspace }, undefined, processes);
  });

  it("refuses an earlier run than the one that deployed last, however long the numbers are", async () => {
    await expect(check({ runId: "9" }, { runId: "10" })).rejects.toMatchObject({
      code: "superseded",
    });
    await expect(
      check({ runId: "99999999999999999998" }, { runId: "99999999999999999999" }),
    ).rejects.toMatchObject({ code: "superseded" });
    await check({ runId: "10" }, { runId: "10" });
    await check({ runId: "11" }, { runId: "9" });
  });

  it("does not guess where the history is not there, or no git", async () => {
    await check({ sha: commits[0] ?? "" }, { sha: "f".repeat(40) });
    await check(
      { sha: commits[0] ?? "" },
      { sha: commits[2] ?? "" },
      { run: () => Promise.reject(new Error("no git")) },
    );
  });

  it("never hands git anything but a commit", async () => {
    const never: Processes = { run: () => Promise.reject(new Error("was run")) };
    let ran = false;
    await check(
      { sha: "--upload-pack=x" },
      { sha: commits[2] ?? "" },
      { run: () => ((ran = true), never.run([])) },
    );
    expect(ran).toBe(false);
  });
});
