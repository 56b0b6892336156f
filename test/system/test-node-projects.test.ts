import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.js";
import { downloadsKept, nodeFixture, type NodeProject } from "../support/node-project.js";
import { mustRun } from "../support/program.js";
import { reportOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";

let project: NodeProject | undefined;
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

async function fixture(name: string): Promise<NodeProject> {
  project = await nodeFixture(name);
  return project;
}

const facts = downloadsKept();

function stepsOf(result: ActionResult): readonly string[] {
  return reportOf(result).steps.map(({ name, status }) => `${name} ${status}`);
}

describe("NestJS with npm and Jest", () => {
  it("has lint alone because it writes, unit and e2e tests, and the coverage of the changed lines in a shallow checkout", async () => {
    const { folder, git, write, commit, run } = await fixture("node-nest");
    const base = (await git("rev-parse", "HEAD")).trim();
    await git("checkout", "-q", "-b", "feature");
    const service = [
      'import { Injectable } from "@nestjs/common";',
      "",
      "@Injectable()",
      "export class AppService {",
      "  greet(name: string): string {",
      '    if (name === "") {',
      '      return "Hello, you";',
      "    }",
      "    return `Hello, ${name}`;",
      "  }",
      "}",
      "",
    ].join("\n");
    await write({ "src/app.service.ts": service });
    await commit("Greet nobody in particular");
    await git("checkout", "-q", "main");
    await git("merge", "-q", "--no-ff", "-m", "Merge", "feature");
    // As GitHub checks a pull request out: the merge commit alone.
    const shallow = `${folder}-shallow`;
    await mustRun(["git", "clone", "-q", "--depth=1", `file://${folder}`, shallow]);
    try {
      const event = { pull_request: { base: { sha: base } } };
      const result = await run({ "min-coverage": "10" }, { workspace: shallow, facts, event });
      expect(stepsOf(result)).toEqual([
        "install ok",
        "format:check ok",
        "lint ok",
        "test ok",
        "build ok",
        "test:e2e ok",
      ]);
      expect(result.outputs).toMatchObject({ status: "passed", tests: "2", failed: "0" });
      expect(Number(result.outputs["coverage"])).toBeGreaterThan(10);
      expect(result.log.annotations).toContainEqual(
        expect.objectContaining({ level: "warning", message: "No test reaches this changed line" }),
      );
      expect(result.summary).toContain("changed lines reached");
    } finally {
      await mustRun(["rm", "-rf", shallow]);
    }
  });
});

describe("Next.js with npm and Vitest", () => {
  it("is checked and built, and the size of each bundle is told", async () => {
    const { run } = await fixture("node-next");
    const result = await run(
      { scripts: "test\nbuild" },
      { facts: { ...facts, NEXT_TELEMETRY_DISABLED: "1" } },
    );
    expect(stepsOf(result)).toEqual(["install ok", "test ok", "build ok"]);
    expect(result.outputs).toMatchObject({ status: "passed", tests: "1" });
    expect(result.summary).toMatch(/\.next\/static\/chunks\/.*KiB/);
  });
});

describe("a workspace of Vite apps with pnpm and Playwright", () => {
  it("has the version of pnpm that it names, the scripts of its packages, and its end-to-end tests in a browser", async () => {
    const { run } = await fixture("node-vite");
    const more = { CHROMIUM: "/usr/bin/chromium", PORT: String(await freePort()) };
    const result = await run({ browsers: "off" }, { facts: { ...facts, ...more } });
    expect(stepsOf(result)).toEqual([
      "install ok",
      "typecheck ok",
      "test ok",
      "build ok",
      "e2e ok",
    ]);
    expect(result.outputs).toMatchObject({ status: "passed", tests: "3", failed: "0" });
  });
});

describe("Yarn with Plug'n'Play and Jest", () => {
  it("has the version of Yarn that it names, and its tests are known by name", async () => {
    const { run } = await fixture("node-yarn");
    const result = await run({}, { facts });
    expect(result.outputs).toMatchObject({ status: "passed", tests: "1" });
    expect(result.summary).toContain("adds");
  });
});
