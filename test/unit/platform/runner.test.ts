import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openRunner } from "../../../src/platform/runner.js";
import type { Runner } from "../../../src/ports/runner.js";
import { makeRunnerFiles, type RunnerFiles } from "../../support/runner-files.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";

let folder: string;
let files: RunnerFiles;
let warnings: string[];

beforeEach(async () => {
  folder = await scratchFolder("runner");
  files = await makeRunnerFiles(folder);
  warnings = [];
  for (const [name, value] of Object.entries(files.env)) vi.stubEnv(name, value);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.removeAllListeners(name);
  await removeFolder(folder);
});

function open(env: Readonly<Record<string, string>> = {}): Runner {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return openRunner({ warning: (message) => warnings.push(message), debug: () => undefined });
}

describe("the runner", () => {
  test("gives inputs as actions/core does, and their names", () => {
    const runner = open({ "INPUT_PRIVATE-KEY": " line 1\nline 2 \n", INPUT_SCRIPT: "" });
    expect(runner.input("private-key")).toBe("line 1\nline 2");
    expect(runner.input("absent")).toBe("");
    expect(runner.inputNames).toEqual(expect.arrayContaining(["private-key", "script"]));
  });

  test("tells where the run comes from", () => {
    const facts = {
      GITHUB_SHA: "abc",
      GITHUB_REF: "refs/heads/main",
      GITHUB_ACTOR: "ada",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: "ada/climbing",
      GITHUB_RUN_ID: "42",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_WORKSPACE: "/w",
      GITHUB_API_URL: "https://api.github.com",
      GITHUB_WORKFLOW: "Deploy",
      GITHUB_WORKFLOW_REF: "ada/climbing/.github/workflows/d.yml@refs/heads/main",
      GITHUB_HEAD_REF: "",
      GITHUB_REF_NAME: "main",
      GITHUB_EVENT_NAME: "push",
      GITHUB_RUN_NUMBER: "7",
      GITHUB_JOB: "deploy",
      RUNNER_TEMP: "/t",
    };
    const url = "https://github.com/ada/climbing/actions/runs/42";
    const run = {
      sha: "abc",
      ref: "refs/heads/main",
      actor: "ada",
      url,
      id: "42",
      attempt: "1",
      repository: "ada/climbing",
      workspace: "/w",
      server: "https://github.com",
      api: "https://api.github.com",
      eventName: "push",
      number: "7",
      job: "deploy",
      temp: "/t",
      workflow: "Deploy",
      workflowRef: "ada/climbing/.github/workflows/d.yml@refs/heads/main",
      refName: "main",
    };
    expect(open(facts).run).toEqual(run);
    expect(open({ ...facts, GITHUB_RUN_ATTEMPT: "3" }).run.url).toBe(`${url}/attempts/3`);
    expect(open({ ...facts, GITHUB_HEAD_REF: "shoes" }).run.refName).toBe("shoes");
  });

  test.each([
    ['{"ref":"refs/heads/main"}', { ref: "refs/heads/main" }],
    ["{ half", undefined],
  ])("reads the payload of the event: %s", async (text, event) => {
    const path = `${folder}/event.json`;
    await writeFile(path, text);
    expect(await open({ GITHUB_EVENT_PATH: path }).event()).toEqual(event);
  });

  test.each(["", "/no/such/file"])("knows no event where there is none: %j", async (path) => {
    expect(await open({ GITHUB_EVENT_PATH: path }).event()).toBeUndefined();
  });

  test("tells nothing that it does not know", () => {
    expect(open({ GITHUB_RUN_ID: "", GITHUB_SHA: "" }).run).toMatchObject({
      id: "",
      sha: "",
      url: "",
    });
  });

  test("takes outputs and state of any text, and gives the state back", async () => {
    const runner = open({ STATE_token: "t-1" });
    const text = "a\nb=c\nEOF\n::error::x € <<y";
    runner.setOutput("report", text);
    runner.saveState("token", text);
    expect(await files.read()).toMatchObject({ outputs: { report: text }, state: { token: text } });
    expect(runner.state("token")).toBe("t-1");
    expect(runner.state("absent")).toBe("");
  });

  test("takes a summary, one after the other", async () => {
    const runner = open();
    await runner.addSummary("# One");
    await runner.addSummary("# Two\n");
    expect((await files.read()).summary).toBe("# One\n# Two\n");
  });

  test("keeps the summary that is there when more would make GitHub drop it all", async () => {
    const file = files.env["GITHUB_STEP_SUMMARY"] ?? "";
    await writeFile(file, "x".repeat(1_000_000));
    await open().addSummary("€".repeat(20_000));
    expect((await readFile(file)).length).toBe(1_000_000);
    expect(warnings).toEqual([expect.stringContaining("1 MiB")]);
  });

  test.each(["", "/no/such/file"])("lives without a summary file: %j", async (file) => {
    await expect(open({ GITHUB_STEP_SUMMARY: file }).addSummary("x")).resolves.toBeUndefined();
    expect(warnings).toHaveLength(file === "" ? 0 : 1);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("tells that it cancels by %s, and goes on", (name) => {
    const { signal } = open();
    expect(signal.aborted).toBe(false);
    process.emit(name);
    process.emit(name);
    expect(signal.reason).toMatchObject({ message: `the runner sent ${name}` });
  });

  test("hears of a failure by the exit code", () => {
    const before = process.exitCode;
    open().fail();
    expect(process.exitCode).toBe(1);
    process.exitCode = before;
  });
});
