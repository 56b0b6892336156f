import { afterEach, describe, expect, it } from "vitest";
import { nodeProject, type NodeProject, type NodeProjectOptions } from "../support/node-project.js";
import { reportOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";

let project: NodeProject | undefined;
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

async function made(options: NodeProjectOptions): Promise<NodeProject> {
  project = await nodeProject(options);
  return project;
}

function errorsOf({ log }: ActionResult): readonly string[] {
  return log.annotations.flatMap(({ level, message }) => (level === "error" ? [message] : []));
}

const eslintConfig =
  'export default [{ files: ["src/*.js"], rules: { "no-unused-vars": "error", "no-var": "warn" } }];\n';

describe("all checks of a project", () => {
  it("run also after others failed, and each failure is named on its line in one verdict", async () => {
    const { run } = await made({
      name: "a folder with spaces",
      scripts: {
        lint: "eslint .",
        typecheck: "tsc -p .",
        "format:check": "prettier --check src",
        test: "vitest run && echo never",
        build: "node build.mjs",
      },
      files: {
        "eslint.config.js": eslintConfig,
        "tsconfig.json":
          '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] }, "include": ["src"] }\n',
        "src/a.ts": 'export const a: number = "x";\n',
        "src/b.js": "var b   = 1;\n",
        "test/a.test.ts": [
          'import { expect, it } from "vitest";',
          "let tries = 0;",
          'it("works", () => undefined);',
          'it("fails", () => {',
          "  expect(1).toBe(2);",
          "});",
          'it("is flaky", { retry: 1 }, () => expect((tries += 1)).toBe(2));',
        ].join("\n"),
        "build.mjs":
          'import { mkdirSync, writeFileSync } from "node:fs";\nmkdirSync("dist");\nwriteFileSync("dist/main.js", "x".repeat(2048));\n',
        ".gitignore": "node_modules\ndist\n",
      },
    });
    const result = await run();
    expect(result.exitCode).toBe(1);
    expect(result.outputs).toMatchObject({
      status: "failed",
      tests: "3",
      failed: "1",
      skipped: "0",
      coverage: "",
      "cache-hit": "none",
      "failed-checks": "lint\nformat:check\ntypecheck\ntest",
    });
    expect(reportOf(result).steps.map(({ name }) => name)).toEqual([
      "install",
      "lint",
      "format:check",
      "typecheck",
      "test",
      "build",
    ]);
    expect(errorsOf(result)).toEqual([
      "'b' is assigned a value but never used. (no-unused-vars)",
      "Not formatted as Prettier writes it",
      "TS2322: Type 'string' is not assignable to type 'number'.",
      "fails: expected 1 to be 2 // Object.is equality",
    ]);
    expect(result.log.annotations).toContainEqual(
      expect.objectContaining({
        level: "warning",
        message: "is flaky is flaky: it passed only at attempt 2",
      }),
    );
    expect(result.log.unmasked).toContain("build: passed");
    expect(result.summary).toContain("test/a.test.ts:5");
    expect(result.summary).toContain("Slowest tests");
    expect(result.summary).toContain("dist/main.js: 2.0 KiB");
    expect(result.summary).toContain("not measured");
  });

  it("see a clean environment, cannot command the runner, and must not change tracked files", async () => {
    const { run } = await made({
      scripts: {
        lint: "eslint --fix src",
        test: "vitest run",
        dump: "node -e 'console.log(JSON.stringify(process.env))'",
      },
      files: {
        "eslint.config.js":
          'export default [{ files: ["src/*.js"], rules: { "no-var": "error" } }];\n',
        "src/b.js": "var b = 1;\nexport default b;\n",
        "test/a.test.ts": [
          'import { it } from "vitest";',
          'it("speaks to the runner", () => {',
          '  process.stdout.write("::add-mask::fixture\\n::stop-commands::x\\n::error::no\\n::set-output name=status::hacked\\n");',
          "  process.stdout.write(Buffer.from([0xff, 0xfe, 0x41, 0x0a]));",
          "});",
        ].join("\n"),
      },
    });
    const result = await run(
      {
        scripts: "lint\ntest\ndump",
        env: "GREETING=hello\nDB=${DATABASE_NAME}",
        "database-url": "postgresql://u:pass-word@127.0.0.1:1/climbing",
      },
      {
        facts: {
          ACTIONS_RUNTIME_TOKEN: "token-of-the-cache",
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: "token-of-identity",
        },
      },
    );
    expect(result.outputs).toMatchObject({ status: "failed", "failed-checks": "lint", tests: "1" });
    expect(errorsOf(result)).toEqual([
      "A check changed this file: commit what it writes, or let it only look",
    ]);
    expect(result.log.masks).not.toContain("fixture");
    expect(result.log.text).toContain("::add-mask::fixture");
    const dumped = /\{"[^\n]*"GREETING":"hello"[^\n]*\}/.exec(result.log.unmasked)?.[0] ?? "";
    const seen = JSON.parse(dumped) as Record<string, string>;
    expect(seen["DB"]).toBe("climbing");
    expect(
      Object.keys(seen).filter((name) =>
        /^(?:INPUT|STATE|ACTIONS)_|^GITHUB_(?:ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$/.test(name),
      ),
    ).toEqual([]);
    expect(result.log.unmasked).not.toContain("token-of");
    expect(result.log.text + result.summary + JSON.stringify(result.outputs)).not.toContain(
      "pass-word",
    );
  });

  it("are ended at the end of their time with all they started, and the hanging test is named", async () => {
    const { run, folder } = await made({
      scripts: { test: "vitest run", build: "node -e 0" },
      files: {
        "test/a.test.ts": [
          'import { spawn } from "node:child_process";',
          'import { writeFileSync } from "node:fs";',
          'import { it } from "vitest";',
          'it("is done at once", () => undefined);',
          'it("never ends", { timeout: 0 }, async () => {',
          '  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });',
          "  child.unref();",
          '  writeFileSync("pid", String(child.pid));',
          "  await new Promise(() => setInterval(() => undefined, 1000));",
          "});",
        ].join("\n"),
        ".gitignore": "node_modules\npid\n",
      },
    });
    const result = await run({ timeout: "12s" });
    expect(result.outputs).toMatchObject({ status: "failed", tests: "1" });
    expect(errorsOf(result).join("\n")).toMatch(/killed while never ends ran/);
    const { readFile } = await import("node:fs/promises");
    const pid = (await readFile(`${folder}/pid`, "utf8")).trim();
    const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "gone Z");
    expect(state.replace(/^.*\) /, "")).toMatch(/^Z|^gone/);
  });
});

describe("a project that cannot be checked", () => {
  it.each<[string, NodeProjectOptions, Readonly<Record<string, string>>, string]>([
    ["has no scripts", {}, {}, "no script of a usual name"],
    [
      "lacks a named script",
      { scripts: { test: "x" } },
      { scripts: "tests" },
      "`scripts` names tests, which package.json does not have",
    ],
    [
      "has a broken package.json",
      { files: { "package.json": "{" } },
      {},
      "package.json in the root of the repository is no JSON",
    ],
    [
      "lies elsewhere",
      { scripts: { test: "x" } },
      { "working-directory": "web" },
      "`web` has no package.json",
    ],
    [
      "has two lockfiles",
      { scripts: { test: "x" }, files: { "package-lock.json": "{}", "yarn.lock": "" } },
      {},
      "does not say which one counts",
    ],
    [
      "has no lockfile",
      { scripts: { test: "x" }, files: { "no-lock": "" } },
      {},
      "there is no lockfile",
    ],
  ])("is refused at once where it %s", async (_, options, inputs, message) => {
    const { run } = await made(options);
    const result = await run(inputs);
    expect(result.outputs).toMatchObject({ status: "failed", tests: "0" });
    expect(reportOf(result).error?.code).toBe("config");
    expect(errorsOf(result).join("\n")).toContain(message);
  });
});

describe("an install that fails", () => {
  it.each<[string, NodeProjectOptions, RegExp]>([
    [
      "a broken lockfile",
      { files: { "package-lock.json": "{ <<<<<<< HEAD" } },
      /package-lock\.json (?:is broken|does not fit)/,
    ],
    [
      "an install script that fails",
      { scripts: { test: "x", postinstall: "echo oh no >&2; exit 3" } },
      /install script failed/,
    ],
    [
      "another Node than engines wants",
      { manifest: { engines: { node: "<10" } } },
      /has another Node than the project wants|wants <10/,
    ],
  ])("is named, and nothing runs on top of it: %s", async (_, options, message) => {
    const { run } = await made({
      scripts: { test: "node -e 'console.log(\"ran\", 1 + 1)'" },
      ...options,
    });
    const result = await run();
    expect(result.outputs).toMatchObject({ status: "failed", "failed-checks": "install" });
    expect(errorsOf(result).join("\n")).toMatch(message);
    expect(result.log.text).not.toContain("ran 2");
    expect(result.summary).toContain("not run: the install failed");
  });
});
