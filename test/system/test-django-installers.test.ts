import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CacheService, startCacheService } from "../support/cache-service.js";
import {
  type DjangoProject,
  djangoPython,
  fetching,
  makeDjangoProject,
  pythonInstallers,
  testDjango,
} from "../support/django-project.js";
import { mustRun, runProgram } from "../support/program.js";
import { errorsOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const django = "Django==5.2.19";
const pyproject = `[project]
name = "climbing"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["${django}"]

[tool.uv]
package = false
`;

interface Kind {
  readonly files: Readonly<Record<string, string | undefined>>;
  /** Words that make the lockfile, of a program in the installers' folder. */
  readonly lock: readonly string[];
}

const kinds: Readonly<Record<string, Kind>> = {
  pip: {
    files: { "requirements.in": `${django}\n` },
    lock: [
      "uv",
      "pip",
      "compile",
      "--quiet",
      "--generate-hashes",
      "requirements.in",
      "-o",
      "requirements.txt",
    ],
  },
  uv: {
    files: { "requirements.txt": undefined, "pyproject.toml": pyproject },
    lock: ["uv", "lock", "--quiet"],
  },
  poetry: {
    files: {
      "requirements.txt": undefined,
      "pyproject.toml": pyproject
        .replace("[tool.uv]", "[tool.poetry]")
        .replace("package = false", "package-mode = false")
        .replace(">=3.10", ">=3.10,<4.0"),
    },
    lock: ["poetry", "lock", "--no-interaction"],
  },
  pipenv: {
    files: { "requirements.txt": undefined, Pipfile: `[packages]\ndjango = "==5.2.19"\n` },
    lock: ["pipenv", "lock"],
  },
};

let installers: string;
let python: string;
let path: string;
let cache: CacheService;
let temp: string;
let project: DjangoProject;
beforeAll(async () => {
  installers = await pythonInstallers();
  python = await djangoPython();
  path = `${installers}:${process.env["PATH"] ?? ""}`;
});
afterEach(async () => {
  await cache.stop();
  await project.remove();
  await removeFolder(temp);
});
afterAll(() => undefined);

async function prepare(name: string, protocol: "v1" | "v2"): Promise<void> {
  cache = await startCacheService(protocol);
  temp = await scratchFolder("runner-temp");
  const { files, lock } = kinds[name] ?? { files: {}, lock: [] };
  project = await makeDjangoProject(files);
  if (name === "poetry") await project.append("pyproject.toml", await packageSource());
  await lockBy(lock);
  await project.commit();
}

/** Where pip fetches from, told to Poetry: by itself it asks what only the registry itself has. */
async function packageSource(): Promise<string> {
  const asked = await runProgram([python, "-m", "pip", "config", "get", "global.index-url"]);
  const url = process.env["PIP_INDEX_URL"] ?? (asked.stdout.trim() || "https://pypi.org/simple/");
  return `\n[[tool.poetry.source]]\nname = "packages"\nurl = "${url}"\npriority = "primary"\n`;
}

async function lockBy([program = "", ...words]: readonly string[]): Promise<void> {
  const env = { PATH: path, HOME: temp, LANG: "C.UTF-8", ...fetching() };
  await mustRun([join(installers, program), ...words], { cwd: project.path, env });
}

function run(): Promise<ActionResult> {
  const inputs = { install: "auto", python, checks: "system,tests" };
  return testDjango(project, {
    inputs,
    facts: { ...cache.facts, ...fetching(), PATH: path },
    temp,
  });
}

/** A new machine: only the cache service remembers. */
async function forget(): Promise<void> {
  await removeFolder(join(project.path, ".venv"));
  await rm(temp, { recursive: true, force: true });
  await mustRun(["mkdir", temp]);
}

async function otherLockfile(): Promise<void> {
  await forget();
  const more = pyproject.replace(`["${django}"]`, `["${django}", "whitenoise==6.12.0"]`);
  await project.write({ "pyproject.toml": more });
  await lockBy(kinds["uv"]?.lock ?? []);
  const other = await run();
  expect(other.outputs, other.log.text).toMatchObject({ ...passed, "cache-hit": "partial" });
}

async function brokenLockfile(): Promise<void> {
  await project.append("uv.lock", "\n<<<<<<< HEAD\n");
  const broken = await run();
  expect(broken.outputs).toMatchObject({ status: "failed", "failed-checks": "install" });
  expect(errorsOf(broken)).toMatch(/`uv sync --frozen` ended with 2: error: .*uv\.lock/);
}

async function withoutCache(): Promise<void> {
  await forget();
  const inputs = { install: "auto", python, checks: "system,tests" };
  const result = await testDjango(project, { inputs, facts: { ...fetching(), PATH: path }, temp });
  expect(result.outputs, result.log.text).toMatchObject({ ...passed, "cache-hit": "none" });
}

const passed = { status: "passed", tests: "2", failed: "0" };

describe.each([
  ["pip", "v2"],
  ["uv", "v1"],
  ["poetry", "v2"],
  ["pipenv", "v2"],
] as const)("dependencies locked by %s", (name, protocol) => {
  it("are installed, and come back whole on a new machine", { timeout: 400_000 }, async () => {
    await prepare(name, protocol);
    const cold = await run();
    expect(cold.outputs, cold.log.text).toMatchObject({ ...passed, "cache-hit": "none" });
    await forget();
    const warm = await run();
    expect(warm.outputs, warm.log.text).toMatchObject({ ...passed, "cache-hit": "exact" });
    if (name === "uv") await otherLockfile();
    if (name === "uv") await brokenLockfile();
    if (name === "poetry") await withoutCache();
    if (name !== "pip") return;
    cache.damage("belay-python-linux", 0.5);
    await forget();
    const damaged = await run();
    expect(damaged.outputs, damaged.log.text).toMatchObject(passed);
    expect(damaged.outputs["cache-hit"]).not.toBe("exact");
    const requirements = join(project.path, "requirements.txt");
    const text = await readFile(requirements, "utf8");
    await writeFile(requirements, text.replaceAll(/sha256:./g, "sha256:0"));
    const broken = await run();
    expect(broken.outputs).toMatchObject({ status: "failed", "failed-checks": "install" });
    expect(errorsOf(broken)).toContain("DO NOT MATCH THE HASHES");
  });
});
