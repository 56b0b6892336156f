import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type CacheService, startCacheService } from "../support/cache-service.js";
import { type DjangoProject, makeDjangoProject, testDjango } from "../support/django-project.js";
import { errorsOf, reportOf } from "../support/report-of.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

let project: DjangoProject;
let cache: CacheService | undefined;
let temp: string | undefined;
afterEach(async () => {
  await cache?.stop();
  await project.remove();
  if (temp !== undefined) await removeFolder(temp);
  [cache, temp] = [undefined, undefined];
});

function testsThat(...bodies: readonly string[]): Readonly<Record<string, string>> {
  const methods = bodies.map((body, at) => `    def test_${at}(self):\n        ${body}\n`);
  const head = "from django.test import SimpleTestCase\n\n\nclass Tests(SimpleTestCase):\n";
  return { "climbing/tests.py": head + methods.join("\n") };
}

const tests = { checks: "tests" };

describe("a run after another of the same branch", () => {
  it("names the tests that failed newly", async () => {
    project = await makeDjangoProject(testsThat("pass", "self.fail('no')"));
    cache = await startCacheService();
    temp = await scratchFolder("runner-temp");
    const first = await testDjango(project, { inputs: tests, facts: cache.facts, temp });
    expect(first.outputs).toMatchObject({ tests: "2", failed: "1" });
    await project.write(testsThat("self.fail('new')", "self.fail('no')"));
    const facts = { ...cache.facts, GITHUB_RUN_ID: "1001" };
    const second = await testDjango(project, { inputs: tests, facts, temp });
    expect(reportOf(second).facts).toContainEqual({ name: "new failures", value: "1" });
    expect(reportOf(second).facts).toContainEqual({ name: "tests", value: "2, 2 failed" });
  });
});

describe("two projects of one repository", () => {
  it("are both checked, and each check says whose it is", async () => {
    project = await makeDjangoProject(testsThat("pass"));
    for (const name of ["manage.py", "config", "climbing"])
      for (const folder of ["api", "shop"])
        await cp(join(project.path, name), join(project.path, folder, name), { recursive: true });
    await project.write({
      "shop/climbing/tests.py": testsThat("self.fail('no')")["climbing/tests.py"],
    });
    const inputs = { ...tests, "working-directory": "api\nshop" };
    const result = await testDjango(project, { inputs });
    expect(result.outputs).toMatchObject({ tests: "2", "failed-checks": "shop: tests" });
    expect(errorsOf(result)).toContain(
      "shop: tests: climbing.tests.Tests.test_0: AssertionError: no",
    );
  });
});

describe("a dependency whose build fails", () => {
  it("is named, and nothing runs without it", async () => {
    const backend = "def build_wheel(*_):\n    raise SystemExit('no rope to build with')\n";
    project = await makeDjangoProject({
      "requirements.txt": "./rope\n",
      "rope/pyproject.toml":
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n\n[project]\nname = "rope"\nversion = "1.0"\n',
      "rope/backend.py": backend,
    });
    const result = await testDjango(project, { inputs: { ...tests, install: "auto" } });
    expect(result.outputs).toMatchObject({ "failed-checks": "install", tests: "0" });
    expect(errorsOf(result)).toMatch(/^install: `.*pip install.*` ended with 1: error/);
    expect(result.log.text).toContain("no rope to build with");
    expect(result.summary).toContain("the dependencies are not installed");
  });
});

describe("tests that cannot be imported", () => {
  it("are named with the cause and its line", async () => {
    const text = "from django.test import SimpleTestCase\n\nimport rope\n";
    project = await makeDjangoProject({ "climbing/tests.py": text });
    const result = await testDjango(project, { inputs: tests });
    expect(result.outputs).toMatchObject({ "failed-checks": "tests", failed: "1" });
    expect(errorsOf(result)).toMatch(
      /climbing\.tests: it cannot be imported: ModuleNotFoundError: No module named 'rope'/,
    );
    expect(result.summary).toContain("climbing/tests.py:3");
  });
});

describe("reports of the project's own", () => {
  it("count into the verdict, and one that is cut short fails", async () => {
    const whole =
      '<testsuite><testcase classname="a" name="one"/><testcase classname="a" name="two"><failure message="no">x</failure></testcase></testsuite>';
    project = await makeDjangoProject({ "whole.xml": whole, "cut.xml": whole.slice(0, 60) });
    const inputs = { checks: "system", results: "*.xml" };
    const result = await testDjango(project, { inputs });
    expect(result.outputs).toMatchObject({ "failed-checks": "results", tests: "2", failed: "1" });
    expect(errorsOf(result)).toContain("cut.xml is no JUnit report, or was cut short");
  });
});

describe("what a test says in colours", () => {
  it.each([
    ["manage.py test", {}],
    [
      "pytest",
      {
        "pytest.ini":
          "[pytest]\nDJANGO_SETTINGS_MODULE = config.settings\npython_files = tests.py\naddopts = --color=yes\n",
      },
    ],
  ])("stands in annotations and summary without them, by %s", async (_, files) => {
    const body = "raise ValueError('\\x1b[31mred\\x1b[0m')";
    project = await makeDjangoProject({ ...testsThat(body), ...files });
    const result = await testDjango(project, { inputs: tests });
    expect(errorsOf(result)).toMatch(/ValueError: red$/);
    expect(result.summary).not.toContain("\u001b");
  });
});
