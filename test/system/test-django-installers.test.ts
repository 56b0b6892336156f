import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CacheService, startCacheService } from "../support/cache-service.js";
import {
  type DjangoProject,
  djangoPython,
  makeDjangoProject,
  pythonInstallers,
  testDjango,
} from "../support/django-project.js";
import { mustRun } from "../support/program.js";
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
  await lockBy(lock);
  await project.commit();
}

async function lockBy([program = "", ...words]: readonly string[]): Promise<void> {
  const env = { PATH: path, HOME: temp, LANG: "C.UTF-8", ...trust() };
  await mustRun([join(installers, program), ...words], { cwd: project.path, env });
}

/** Where the machine's own proxy signs for the registry. */
function trust(): Record<string, string> {
  const names = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

function run(): Promise<ActionResult> {
  const inputs = { install: "auto", python, checks: "system,tests" };
  return testDjango(project, { inputs, facts: { ...cache.facts, ...trust(), PATH: path }, temp });
}

/** A new machine: only the cache service remembers. */
async function forget(): Promise<void> {
  await removeFolder(join(project.path, ".venv"));
  await rm(temp, { recursive: true, force: true });
  await mustRun(["mkdir", temp]);
}

const passed = { status: "passed", tests: "2", failed: "0" };

describe.each([
  ["pip", "v2"],
  ["uv", "v1"],
  ["pipenv", "v2"],
] as const)("dependencies locked by %s", (name, protocol) => {
  it("are installed, and come back whole on a new machine", { timeout: 400_000 }, async () => {
    await prepare(name, protocol);
    const cold = await run();
    expect(cold.outputs, cold.log.text).toMatchObject({ ...passed, "cache-hit": "none" });
    await forget();
    const warm = await run();
    expect(warm.outputs, warm.log.text).toMatchObject({ ...passed, "cache-hit": "exact" });
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
