import { afterEach, describe, expect, it } from "vitest";
import { nodeProject, type NodeProject, type NodeProjectOptions } from "../support/node-project.js";
import type { ActionResult } from "../support/run-action.js";

let project: NodeProject | undefined;
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

async function runOf(
  options: NodeProjectOptions,
  inputs: Readonly<Record<string, string>> = {},
): Promise<ActionResult> {
  project = await nodeProject(options);
  return project.run(inputs);
}

function said({ log }: ActionResult): string {
  return log.annotations.map(({ level, message }) => `${level}: ${message}`).join("\n");
}

const passing = 'import { it } from "vitest";\nit("works", () => undefined);\n';

describe("test-node, when the project misbehaves", () => {
  it("keeps a log that a browser opens where a test prints 50 MB", async () => {
    const loud =
      "node -e \"for (let i = 0; i < 50; i += 1) console.log(('x'.repeat(1023) + '\\n').repeat(1024)); console.log('the end')\"";
    const result = await runOf({ scripts: { build: loud } });
    expect(result.outputs).toMatchObject({ status: "passed" });
    expect(result.log.text.length).toBeLessThan(8 << 20);
    expect(result.log.text).toContain("the end");
    expect(result.log.text).toContain("are left out here");
  });

  it("says that memory ran out where a test process is killed for it", async () => {
    const killed = [
      'import { it } from "vitest";',
      'it("eats", { timeout: 9000 }, async () => {',
      "  // Vitest tells of a start within a tenth of a second.",
      "  await new Promise((done) => setTimeout(done, 1000));",
      '  process.kill(process.ppid, "SIGKILL");',
      "  await new Promise((done) => setTimeout(done, 5000));",
      "});",
    ].join("\n");
    const result = await runOf({
      scripts: { test: "vitest run" },
      files: { "test/a.test.ts": killed },
    });
    expect(result.outputs).toMatchObject({ "failed-checks": "test" });
    expect(said(result)).toMatch(
      /killed while eats ran, most likely because the machine ran out of memory/,
    );
  });

  it("fails where no test is found, unless that is allowed", async () => {
    const options = { scripts: { test: "vitest run --passWithNoTests" } };
    expect(said(await runOf(options))).toContain("no tests were found");
    await project?.remove();
    expect((await runOf(options, { "allow-no-tests": "true" })).outputs).toMatchObject({
      status: "passed",
    });
  });

  it("never takes coverage that was not measured for a number", async () => {
    const files = { "test/a.test.ts": passing };
    const result = await runOf({ scripts: { test: "vitest run" }, files }, { "min-coverage": "1" });
    expect(result.outputs).toMatchObject({ "failed-checks": "coverage", coverage: "", tests: "1" });
    expect(said(result)).toContain("not measured");
  });

  it("fails on a report that was cut short, and reads the whole ones", async () => {
    const whole =
      '<testsuite><testcase classname="a" name="one"/><testcase classname="a" name="two"><failure message="no">x</failure></testcase></testsuite>';
    const files = { "whole.xml": whole, "cut.xml": whole.slice(0, 60) };
    const result = await runOf({ scripts: { test: "node -e 0" }, files }, { results: "*.xml" });
    expect(result.outputs).toMatchObject({ "failed-checks": "results", tests: "2", failed: "1" });
    expect(said(result)).toContain("cut.xml is no JUnit report, or was cut short");
    expect(result.log.text).toContain("only the exit code is known");
  });

  it("says so where a script takes its reporter out", async () => {
    const scripts = { test: "NODE_OPTIONS=--no-warnings vitest run" };
    const result = await runOf({ scripts, files: { "test/a.test.ts": passing } });
    expect(result.outputs).toMatchObject({ status: "passed", tests: "0" });
    expect(result.log.text).toContain("it sets NODE_OPTIONS by itself");
  });

  it("checks a project in a subfolder, with places from the repository's root", async () => {
    const failing =
      'import { expect, it } from "vitest";\nit("fails", () => {\n  expect(1).toBe(2);\n});\n';
    const web = JSON.stringify({ name: "web", private: true, scripts: { test: "vitest run" } });
    const lock = JSON.stringify({
      name: "web",
      lockfileVersion: 3,
      requires: true,
      packages: { "": { name: "web" } },
    });
    const files = {
      "web/package.json": web,
      "web/package-lock.json": lock,
      "web/test/a.test.ts": failing,
    };
    const result = await runOf({ files }, { "working-directory": "web" });
    expect(result.outputs).toMatchObject({ "failed-checks": "test" });
    expect(result.summary).toContain("web/test/a.test.ts:3");
  });
});
