import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type CacheService, startCacheService } from "../support/cache-service.js";
import { nodeProject, type NodeProject, type NodeProjectOptions } from "../support/node-project.js";
import { errorsOf, reportOf } from "../support/report-of.js";

let project: NodeProject | undefined;
let cache: CacheService | undefined;
afterEach(async () => {
  await cache?.stop();
  await project?.remove();
  [cache, project] = [undefined, undefined];
});

async function made(options: NodeProjectOptions): Promise<NodeProject> {
  project = await nodeProject(options);
  return project;
}

function testsThat(...bodies: readonly string[]): string {
  const lines = bodies.map((body, at) => `it("test ${at}", () => {\n  ${body}\n});`);
  return ['import { expect, it } from "vitest";', ...lines, ""].join("\n");
}

describe("a run after another of the same branch", () => {
  it("names the tests that failed newly, and how the size of each bundle changed", async () => {
    const build = (size: number): string =>
      `import { mkdirSync, writeFileSync } from "node:fs";\nmkdirSync("dist", { recursive: true });\nwriteFileSync("dist/main.js", "x".repeat(${size}));\n`;
    const { folder, run, write, commit } = await made({
      scripts: { test: "vitest run", build: "node build.mjs" },
      files: {
        ".gitignore": "node_modules\ndist\n",
        "test/a.test.ts": testsThat("", "expect(1).toBe(2);"),
        "build.mjs": build(10_240),
      },
    });
    cache = await startCacheService();
    // What comes back from the cache lies where it lay.
    const temp = join(folder, "../runner-temp");
    await mkdir(temp);
    const first = await run({}, { facts: cache.facts, temp });
    expect(first.outputs).toMatchObject({ tests: "2", failed: "1" });
    expect(first.summary).not.toContain("New failures");
    await write({
      "test/a.test.ts": testsThat("expect(3).toBe(4);", "expect(1).toBe(2);"),
      "build.mjs": build(12_288),
    });
    await commit();
    const second = await run({}, { facts: { ...cache.facts, GITHUB_RUN_ID: "1001" }, temp });
    expect(second.outputs).toMatchObject({ tests: "2", failed: "2" });
    const [, news = ""] =
      /New failures[^]*?\n([^]*?)\n(?:#|<\/details>|\n)/.exec(second.summary) ?? [];
    expect(news, second.summary).toContain("test 0");
    expect(news).not.toContain("test 1");
    expect(second.summary).toMatch(/dist\/main\.js: 12\.0 KiB.*2\.0 KiB/);
  });
});

describe("several projects of one repository", () => {
  it("are each installed and checked, and each check says whose it is", async () => {
    const manifest = (name: string): Readonly<Record<string, string>> => {
      const head = { name, version: "1.0.0" };
      const lock = { ...head, lockfileVersion: 3, requires: true, packages: { "": head } };
      return {
        [`${name}/package.json`]: JSON.stringify({ ...head, scripts: { test: "vitest run" } }),
        [`${name}/package-lock.json`]: JSON.stringify(lock),
      };
    };
    const { run } = await made({
      files: {
        ...manifest("api"),
        ...manifest("web"),
        "api/test/a.test.ts": testsThat(""),
        "web/test/a.test.ts": testsThat("expect(1).toBe(2);"),
      },
    });
    const result = await run({ "working-directory": "api\nweb" });
    expect(result.outputs).toMatchObject({ tests: "2", failed: "1", "failed-checks": "web: test" });
    expect(reportOf(result).steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "api: install ok",
      "api: test ok",
      "web: install ok",
      "web: test failed",
    ]);
    expect(result.log.annotations).toContainEqual(
      expect.objectContaining({ place: "web/test/a.test.ts:3" }),
    );
  });
});

describe("what tools print in colours", () => {
  it("is understood as it is without them, and stands in annotations without them", async () => {
    const colour = 'require("fs").writeSync(1, "\\u001b[31mred\\u001b[0m\\n")';
    const { run } = await made({
      scripts: {
        typecheck: "tsc --pretty -p .",
        "format:check": "prettier --check src",
        test: "vitest run",
        build: `node -e '${colour}; process.exit(3)'`,
      },
      files: {
        "tsconfig.json":
          '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] }, "include": ["src"] }\n',
        "src/a.ts": 'export const a: number = "x";\n',
        "src/b.ts": "export const b   = 1;\n",
        "test/a.test.ts": testsThat('throw new Error("\\u001b[31mred\\u001b[0m");'),
      },
    });
    const result = await run({}, { facts: { FORCE_COLOR: "1" } });
    expect(errorsOf(result).split("\n")).toEqual([
      "format:check: Not formatted as Prettier writes it",
      "typecheck: TS2322: Type 'string' is not assignable to type 'number'.",
      "test: test 0: red",
      "build: `build` ended with exit code 3; its last line: red",
    ]);
    expect(result.summary).not.toContain("\u001b");
  });
});

describe("a pull request from a fork", () => {
  it("is checked without the secrets that it does not get", async () => {
    const dump =
      "node -e 'console.log(JSON.stringify([process.env.TOKEN, process.env.DATABASE_URL]))'";
    const { run, git, write, commit } = await made({
      scripts: { test: "vitest run", dump },
      files: { "test/a.test.ts": testsThat("") },
    });
    const base = (await git("rev-parse", "HEAD")).trim();
    await write({ "test/a.test.ts": testsThat("", "") });
    const head = await commit();
    const event = {
      pull_request: { base: { sha: base }, head: { sha: head, repo: { fork: true } } },
    };
    const inputs = { "database-url": "", env: "TOKEN=", scripts: "test\ndump" };
    const result = await run(inputs, { event, facts: { GITHUB_EVENT_NAME: "pull_request" } });
    expect(result.outputs, result.log.text).toMatchObject({ status: "passed", tests: "2" });
    expect(result.log.text).toContain('["",null]');
  });
});
