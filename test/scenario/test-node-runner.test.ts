import { afterEach, describe, expect, it } from "vitest";
import { nodeProject, type NodeProject } from "../support/node-project.js";
import { errorsOf } from "../support/report-of.js";

let project: NodeProject | undefined;
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

function tested(script: string, files: Readonly<Record<string, string>>): Promise<NodeProject> {
  return nodeProject({ scripts: { test: script }, files });
}

const rope = `import test, { describe, it } from "node:test";
import assert from "node:assert";
import { holds } from "../src/rope.js";
describe("a rope", () => {
  it("holds", () => assert.ok(holds(80)));
  it("holds twice", () => {
    assert.strictEqual(holds(160), true);
  });
  it.skip("is rolled up", () => undefined);
  it.todo("dries", () => assert.fail("not yet"));
});
test("a knot", async (t) => {
  for (const _ of [1, 2]) await t.test("is tied", () => undefined);
});
`;

const source = `export function holds(kilos) {
  if (kilos > 100) {
    return false;
  }
  return true;
}
`;

describe("the tests of Node's own runner", () => {
  it("are known one by one, with the line that failed and what they reach, beside what it prints", async () => {
    project = await tested("node --test && echo never", {
      "test/rope.test.js": rope,
      "test/torn.test.js": 'import "./no-such-file.js";\n',
      "src/rope.js": source,
    });
    const result = await project.run({ "min-coverage": "90" });
    const { outputs, log, summary } = result;
    expect(outputs, log.text).toMatchObject({
      status: "failed",
      tests: "8",
      failed: "2",
      skipped: "2",
      coverage: "100.0",
    });
    expect(log.annotations).toContainEqual(
      expect.objectContaining({
        level: "error",
        place: "test/rope.test.js:7",
        message: "a rope > holds twice: Expected values to be strictly equal: false !== true",
      }),
    );
    expect(errorsOf(result)).toMatch(/test\/torn\.test\.js: Error \[ERR_MODULE_NOT_FOUND\]/);
    expect(log.unmasked).toContain("✔ is tied");
    expect(log.unmasked).not.toMatch(/^ *never$/m);
    expect(summary).toContain("Slowest tests");
  });

  it("keep the reporter of the project, and its file", async () => {
    const reporters =
      "--test-reporter tap --test-reporter=junit --test-reporter-destination stdout --test-reporter-destination=report.xml";
    project = await tested(`node ${reporters} --test test/*.js && grep -c '<testcase' report.xml`, {
      "test/a.js": 'require("node:test")("works", () => undefined);\n',
      "test/package.json": '{ "type": "commonjs" }',
      ".gitignore": "node_modules\nreport.xml\n",
    });
    const { outputs, log } = await project.run();
    expect(outputs, log.text).toMatchObject({ status: "passed", tests: "1" });
    expect(log.unmasked).toMatch(/ok 1 - works[^]*\n {2}1\n/);
  });

  it("that kill the process of their file are named", async () => {
    project = await tested("node --test", {
      "test/a.test.js": [
        'import { it } from "node:test";',
        'it("holds", () => undefined);',
        'it("eats", async () => {',
        "  // What a process has told of its tests is on its way when it is killed at once.",
        "  await new Promise((done) => setTimeout(done, 1000));",
        '  process.kill(process.pid, "SIGKILL");',
        "  await new Promise((done) => setTimeout(done, 5000));",
        "});",
      ].join("\n"),
    });
    const result = await project.run();
    expect(result.outputs).toMatchObject({ status: "failed", tests: "1" });
    expect(errorsOf(result)).toContain("the tests ended with exit code 1 while eats ran");
  });

  it("that hang are named without the group that they are in, and ended", async () => {
    project = await tested("node --test", {
      "test/a.test.js": [
        'import { describe, it } from "node:test";',
        'describe("a rope", () => {',
        '  it("holds", () => undefined);',
        '  it("never ends", () => new Promise(() => setInterval(() => undefined, 1000)));',
        "});",
      ].join("\n"),
    });
    const result = await project.run({ timeout: "5s" });
    const { outputs, log } = result;
    expect(outputs, log.text).toMatchObject({ status: "failed", tests: "1" });
    expect(errorsOf(result)).toContain("they were killed while a rope > never ends ran");
    expect(log.annotations).toContainEqual(
      expect.objectContaining({ level: "error", place: "test/a.test.js:4" }),
    );
  });
});
