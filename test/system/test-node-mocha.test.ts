import { afterEach, describe, expect, it } from "vitest";
import { downloadsKept, nodeCheckout, type NodeProject } from "../support/node-project.js";
import { mustRun } from "../support/program.js";

let project: NodeProject | undefined;
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

const facts = downloadsKept();

const rope = `const assert = require("node:assert");
let tries = 0;
describe("a rope", () => {
  for (const _ of [1, 2]) it("holds", () => undefined);
  it("holds twice", () => {
    assert.strictEqual(1, 2);
  });
  it("swings", function () {
    this.retries(1);
    assert.ok((tries += 1) > 1);
  });
  it.skip("is rolled up", () => undefined);
});
describe("a knot", () => {
  before(() => {
    throw new Error("no rope");
  });
  it("is tied", () => undefined);
});
`;

/** The lockfile names addresses of packages, so that it cannot be kept. */
async function mochaProject(version: string): Promise<NodeProject> {
  const scripts = { test: "mocha", "test:parallel": "mocha --parallel --reporter dot" };
  const manifest = { name: "fixture", version: "1.0.0", scripts };
  const made = await nodeCheckout({
    "package.json": JSON.stringify({ ...manifest, devDependencies: { mocha: version } }),
    "test/rope.js": rope,
  });
  await mustRun(["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], {
    cwd: made.folder,
    env: { PATH: process.env["PATH"] ?? "", ...facts },
  });
  await made.commit();
  return made;
}

describe.each(["10.8.2", "12.0.3"])("Mocha %s", (version) => {
  it.each(["test", "test:parallel"])(
    "tells of each test, of its attempts and of hooks that fail, beside its own reporter: %s",
    async (scripts) => {
      project = await mochaProject(version);
      const { outputs, log } = await project.run({ scripts }, { facts });
      expect(outputs, log.text).toMatchObject({ tests: "6", failed: "2", skipped: "1" });
      const told = log.annotations.map(({ level, place, message }) => ({ level, place, message }));
      expect(told).toEqual([
        {
          level: "error",
          place: "test/rope.js:6",
          message: "a rope > holds twice: Expected values to be strictly equal: 1 !== 2",
        },
        {
          level: "error",
          place: "test/rope.js:16",
          message: 'a knot > "before all" hook for "is tied": no rope',
        },
        {
          level: "warning",
          place: "test/rope.js",
          message: "a rope > swings is flaky: it passed only at attempt 2",
        },
      ]);
      expect(log.unmasked).toContain("2 failing");
    },
  );
});
