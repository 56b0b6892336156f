import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  djangoPython,
  type DjangoProject,
  type DjangoRun,
  makeDjangoProject,
  testDjango,
} from "../support/django-project.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { mustRun } from "../support/program.js";
import type { ActionResult } from "../support/run-action.js";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.admin("alter role app createdb");
});
afterAll(() => postgres.stop());

let project: DjangoProject;
afterEach(() => project.remove());

function run(
  inputs: Readonly<Record<string, string>>,
  more: DjangoRun = {},
): Promise<ActionResult> {
  return testDjango(project, { ...more, inputs });
}

function errorsOf({ log }: ActionResult): string {
  return log.annotations
    .map(({ level, place = "-", message }) => `${level} ${place} ${message}`)
    .join("\n");
}

async function scratchDatabases(): Promise<string> {
  return postgres.admin("select datname from pg_database where datname like 'belay%'");
}

function testFile(body: string): string {
  const head = "import os, signal, sys, time\nfrom django.test import SimpleTestCase\n\n\n";
  return `${head}class Tests(SimpleTestCase):\n${body}`;
}

describe("a database", () => {
  it("that is not there is told once, with the lines to add; the other checks run", async () => {
    project = await makeDjangoProject();
    const url = "postgresql://ada:secret-word@127.0.0.1:1/app";
    const result = await run({ "database-url": url });
    expect(result.outputs["failed-checks"]).toBe("database");
    expect(errorsOf(result)).toMatch(/cannot be reached.*services: \{ postgres:/);
    expect(result.outputs["report"]).toMatch(/"static","status":"ok"/);
    expect(result.log.text + result.summary).not.toContain("secret-word");
  });

  it("whose role may make no databases is told with the line that mends it", async () => {
    project = await makeDjangoProject();
    const weak = await postgres.createDatabase("weak");
    const result = await run({ "database-url": weak.url(), checks: "migrate,tests" });
    expect(errorsOf(result)).toContain('run ALTER ROLE "weak" CREATEDB');
    expect(result.outputs).toMatchObject({ status: "failed", "failed-checks": "database" });
  });

  it("that an earlier run has left does not stop the tests to ask", async () => {
    project = await makeDjangoProject();
    await postgres.admin('create database "test_app" owner app');
    const result = await run({ "database-url": postgres.url(), checks: "tests" });
    expect(result.outputs, result.log.text).toMatchObject({ status: "passed", tests: "2" });
  });
});

describe("a migration", () => {
  const migration = (operation: string): string => `import time
from django.db import connection, migrations


def work(apps, editor):
    ${operation}


class Migration(migrations.Migration):
    dependencies = [("climbing", "0001_initial")]
    operations = [migrations.RunPython(work, migrations.RunPython.noop)]
`;

  it("that hangs on a lock is ended in time, and its database dropped", async () => {
    project = await makeDjangoProject({
      "climbing/migrations/0002_hangs.py": migration(`import psycopg
    other = psycopg.connect(**{k: v for k, v in connection.get_connection_params().items() if k in ("dbname", "user", "password", "host", "port")})
    other.execute("lock table climbing_route")
    editor.execute("alter table climbing_route add x int")`),
    });
    const inputs = { "database-url": postgres.url(), checks: "migrate", timeout: "15s" };
    const result = await run(inputs);
    expect(result.outputs).toMatchObject({ status: "failed", "failed-checks": "migrate" });
    expect(result.durationMs).toBeLessThan(60_000);
    expect(await scratchDatabases()).toBe("");
  });

  it("that fails is named with its file", async () => {
    project = await makeDjangoProject({
      "climbing/migrations/0002_fails.py": migration("raise ValueError('no crag')"),
    });
    const result = await run({ "database-url": postgres.url(), checks: "migrate,tests" });
    expect(errorsOf(result)).toMatch(
      /error climbing\/migrations\/0002_fails\.py:6 climbing\.0002_fails cannot be applied to an empty database: ValueError: no crag/,
    );
    expect(await scratchDatabases()).toBe("");
  });

  it("that fails only where there are rows is found by the seed", async () => {
    project = await makeDjangoProject();
    const before = (await project.git("rev-parse", "HEAD")).trim();
    const operation = `if apps.get_model("climbing", "Route").objects.exists(): raise ValueError("rows")`;
    await project.write({ "climbing/migrations/0002_rows.py": migration(operation) });
    await project.commit();
    const inputs = { "database-url": postgres.url(), checks: "migrate" };
    expect((await run(inputs, { event: { before } })).outputs["status"]).toBe("passed");
    const seed = `python manage.py shell -c "from climbing.models import Route; Route.objects.create(name='x')"`;
    const seeded = await run({ ...inputs, seed }, { event: { before } });
    expect(errorsOf(seeded)).toContain("climbing.0002_rows cannot be applied: ValueError: rows");
    const broken = await run({ ...inputs, seed: "false" }, { event: { before } });
    expect(errorsOf(broken)).toContain("the `seed` lines failed");
  });

  it("whose way back breaks is named; one that goes back leaves the check passed", async () => {
    project = await makeDjangoProject();
    const before = (await project.git("rev-parse", "HEAD")).trim();
    const forth = migration("pass");
    await project.write({ "climbing/migrations/0002_forth.py": forth });
    await project.commit();
    const inputs = { "database-url": postgres.url(), checks: "reverse" };
    const good = await run(inputs, { event: { before } });
    expect(good.outputs["status"], errorsOf(good)).toBe("passed");
    const back = migration("raise ValueError('no way')").replace(
      "RunPython(work, migrations.RunPython.noop)",
      "RunPython(migrations.RunPython.noop, work)",
    );
    await project.write({ "climbing/migrations/0002_forth.py": back });
    const broken = await run(inputs, { event: { before } });
    expect(errorsOf(broken)).toBe(
      "error climbing/migrations/0002_forth.py:6 climbing.0002_forth cannot be undone: ValueError: no way",
    );
    expect(await scratchDatabases()).toBe("");
  });

  it("beside another last one of its app is told", async () => {
    project = await makeDjangoProject({
      "climbing/migrations/0002_one.py": migration("pass"),
      "climbing/migrations/0002_two.py": migration("pass"),
    });
    const result = await run({ checks: "migrations" });
    expect(errorsOf(result)).toMatch(/climbing has several last migrations: 0002_one, 0002_two/);
  });

  it("that was edited is told, as is one that takes away what the running version uses", async () => {
    project = await makeDjangoProject();
    const before = (await project.git("rev-parse", "HEAD")).trim();
    await project.append("climbing/migrations/0001_initial.py", "# another text\n");
    await project.write({
      "climbing/migrations/0002_gone.py": `from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("climbing", "0001_initial")]
    operations = [migrations.RemoveField("route", "grade")]
`,
    });
    await project.commit();
    const inputs = {
      "database-url": postgres.url(),
      checks: "migrations,compatible",
      "strict-migrations": "true",
    };
    const result = await run(inputs, { event: { before } });
    expect(errorsOf(result)).toContain(
      "warning climbing/migrations/0001_initial.py:1 This migration was edited",
    );
    expect(errorsOf(result)).toMatch(
      /error climbing\/migrations\/0002_gone\.py:6 .*the column climbing_route\.grade is gone/,
    );
    expect(result.outputs["failed-checks"]).toBe("migrations\ncompatible");
  });
});

describe("tests", () => {
  it.each([
    ["manage.py test", {}],
    [
      "pytest",
      {
        "pytest.ini":
          "[pytest]\nDJANGO_SETTINGS_MODULE = config.settings\npython_files = tests.py\n",
      },
    ],
  ])("by %s in several processes are measured like those in one", async (name, files) => {
    project = await makeDjangoProject(files);
    const inputs = { "database-url": postgres.url(), checks: "tests" };
    const one = await run(inputs);
    const two = await run({ ...inputs, parallel: "2" });
    expect(one.log.text).toContain(`The tests run with ${name}`);
    expect(one.outputs).toMatchObject({ status: "passed", tests: "2" });
    expect(two.outputs, two.log.text).toMatchObject({ status: "passed", tests: "2" });
    expect(Number(one.outputs["coverage"])).toBeGreaterThan(50);
    expect(two.outputs["coverage"]).toBe(one.outputs["coverage"]);
  });

  it("of pytest are named at the line that failed, those that cannot be collected too", async () => {
    project = await makeDjangoProject({
      "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = config.settings\n",
      "climbing/test_fails.py":
        "import pytest\n\n\ndef test_fails():\n    assert 1 == 2\n\n\n@pytest.mark.skip\ndef test_waits():\n    pass\n",
      "climbing/test_broken.py": "import no_such_module\n",
      "climbing/tests.py": undefined,
    });
    const result = await run({ checks: "tests" });
    expect(errorsOf(result)).toContain(
      "error climbing/test_broken.py:1 climbing/test_broken.py: ModuleNotFoundError",
    );
    await project.write({ "climbing/test_broken.py": undefined });
    const second = await run({ checks: "tests" });
    expect(errorsOf(second)).toContain(
      "error climbing/test_fails.py:5 climbing/test_fails.py::test_fails: assert 1 == 2",
    );
    expect(second.outputs).toMatchObject({ tests: "2", failed: "1", skipped: "1" });
  });

  it("that the kernel kills are told as such, with the test that ran", async () => {
    project = await makeDjangoProject({
      "climbing/tests.py": testFile(
        "    def test_big(self):\n        os.kill(os.getpid(), signal.SIGKILL)\n",
      ),
    });
    const result = await run({ checks: "tests" });
    expect(errorsOf(result)).toMatch(
      /the tests were killed while climbing\.tests\.Tests\.test_big ran, most likely because/,
    );
  });

  it("that print 50 MB and what is no text end well", async () => {
    project = await makeDjangoProject({
      "climbing/tests.py": testFile(
        "    def test_talks(self):\n        for _ in range(50):\n            sys.stdout.buffer.write(b'\\xff' + b'x' * 1_000_000 + b'\\n')\n",
      ),
    });
    const result = await run({ checks: "tests" });
    expect(result.outputs, errorsOf(result)).toMatchObject({ status: "passed", tests: "1" });
    expect(result.log.text).toContain("are left out here");
  });
});

describe("a checkout", () => {
  it("of a pull request without history and secrets has its changed lines measured", async () => {
    project = await makeDjangoProject();
    await project.git("checkout", "--quiet", "-b", "change");
    await project.append("climbing/models.py", "\n    def is_new(self):\n        return True\n");
    await project.commit();
    await project.git("checkout", "--quiet", "main");
    await project.git("merge", "--quiet", "--no-ff", "-m", "Merge", "change");
    const merge = (await project.git("rev-parse", "HEAD")).trim();
    const shallow = join(project.path, "../shallow copy");
    await mustRun(["git", "clone", "--quiet", "--depth=1", `file://${project.path}`, shallow]);
    await mustRun(["git", "config", "--add", "safe.directory", "*"], { cwd: shallow });
    const event = { pull_request: { head: { sha: merge }, base: { sha: "0".repeat(40) } } };
    const there = { ...project, path: shallow };
    const result = await testDjango(there, { inputs: { checks: "tests" }, event });
    expect(errorsOf(result), result.log.text).toBe(
      "warning climbing/models.py:17 No test reaches this changed line",
    );
    expect(result.outputs["status"]).toBe("passed");
  });

  it("with the project in a subfolder, and spaces in its path, has places from its root", async () => {
    project = await makeDjangoProject({}, "a project");
    await mkdir(join(project.path, "back end"));
    for (const name of ["manage.py", "config", "climbing"])
      await project.git("mv", name, `back end/${name}`);
    await project.append(
      "back end/climbing/tests.py",
      "\n    def test_fails(self):\n        self.fail('no')\n",
    );
    await project.commit();
    const result = await run({ checks: "system,tests,static", "working-directory": "back end" });
    expect(errorsOf(result)).toContain(
      "error back end/climbing/tests.py:17 climbing.tests.RoutesTests.test_fails: AssertionError: no",
    );
    expect(result.outputs).toMatchObject({ tests: "3", failed: "1", "failed-checks": "tests" });
  });

  it("that asks for a Python that is not there is refused by name", async () => {
    project = await makeDjangoProject({ ".python-version": "3.99\n" });
    const result = await run({ install: "auto", python: "" });
    expect(errorsOf(result)).toMatch(
      /\.python-version asks for Python 3\.99, and the runner has only/,
    );
    expect(result.outputs["failed-checks"]).toBe("install");
  });

  it("that names no dependencies is told so", async () => {
    project = await makeDjangoProject({ "requirements.txt": undefined });
    const result = await run({ install: "auto" });
    expect(errorsOf(result)).toContain("there is neither uv.lock, poetry.lock, Pipfile.lock");
  });

  it("whose settings do not load is told at their line", async () => {
    project = await makeDjangoProject();
    await project.append("config/settings.py", "\nimport no_such_module\n");
    const result = await run({ checks: "system" });
    expect(errorsOf(result)).toMatch(
      /error config\/settings\.py:\d+ the project does not start: ModuleNotFoundError: No module named 'no_such_module'/,
    );
  });
});

/** A virtualenv that has Django and nothing else of what the tests have. */
async function withoutCoverage(venv: string): Promise<string> {
  const whole = await djangoPython();
  await mustRun([whole, "-m", "venv", "--without-pip", venv]);
  const ask = "import sysconfig; print(sysconfig.get_paths()['purelib'])";
  const [from = "", to = ""] = await Promise.all(
    [whole, join(venv, "bin/python")].map(async (python) =>
      (await mustRun([python, "-c", ask])).trim(),
    ),
  );
  for (const name of ["django", "asgiref", "sqlparse"])
    await symlink(join(from, name), join(to, name));
  return join(venv, "bin/python");
}

describe("a project", () => {
  it("without coverage has none, which is not 0; its own commands count into the verdict", async () => {
    project = await makeDjangoProject();
    const python = await withoutCoverage(join(project.path, "../python"));
    const inputs = { python, checks: "tests", extra: "lint=echo looks; exit 3\nfine=true" };
    const result = await run(inputs);
    expect(result.outputs).toMatchObject({ coverage: "", "failed-checks": "lint", tests: "2" });
    expect(errorsOf(result)).toContain("error - ended with exit code 3");
    expect(result.summary).toContain("not measured");
  });
});
