import { readdir, readlink } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type DjangoProject,
  makeDjangoProject,
  startTestDjango,
  testDjango,
} from "../support/django-project.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { reportOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";
import { until } from "../support/until.js";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.admin("alter role app createdb");
});
afterAll(() => postgres.stop());

let project: DjangoProject;
afterEach(() => project.remove());

/** Each annotation as `LEVEL TITLE PLACE MESSAGE`. */
function annotationsOf({ log }: ActionResult): readonly string[] {
  return log.annotations.map(
    ({ level, title = "-", place = "-", message }) => `${level} ${title} ${place} ${message}`,
  );
}

const secondMigration = `from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("climbing", "0001_initial")]
    operations = [
        migrations.AddField("route", "height", models.IntegerField(default=0)),
        migrations.RunPython(lambda apps, editor: None),
    ]
`;

describe("a change of a Django project", () => {
  it("has every check run and every failure named, at its line", { timeout: 120_000 }, async () => {
    project = await makeDjangoProject();
    const before = (await project.git("rev-parse", "HEAD")).trim();
    await project.write({
      "climbing/migrations/0002_height.py": secondMigration,
      "climbing/static/climbing/site.css": 'body { background: url("gone.svg"); }\n',
      "climbing/templates/climbing/new.html": `{% load static %}\n<img src="{% static 'climbing/gone.png' %}">\n`,
    });
    await project.append(
      "climbing/models.py",
      `    height = models.IntegerField(default=0)
    photo = models.CharField(max_length=5, blank=True)

    def is_high(self):
        return self.height > 100
`,
    );
    await project.append(
      "climbing/tests.py",
      `
    def test_counts(self):
        self.assertEqual(Route.objects.count(), 1)
`,
    );
    await project.commit();
    const seed = `python manage.py shell -c "from climbing.models import Route; Route.objects.create(name='x')"`;
    const inputs = { "database-url": postgres.url(), seed };
    const result = await testDjango(project, { inputs, event: { before } });
    expect(result.exitCode).toBe(1);
    const found = annotationsOf(result);
    for (const one of [
      /^error migrations climbing\/models.py:16 climbing.route has no migration for this: Add field photo to route/,
      /^error tests climbing\/tests.py:17 climbing.tests.RoutesTests.test_counts: AssertionError: 0 != 1$/,
      /^error static climbing\/static\/climbing\/site.css:1 climbing\/site.css refers to a file that is missing: climbing\/gone.svg$/,
      /^error static climbing\/templates\/climbing\/new.html:2 the template names climbing\/gone.png, which is missing$/,
      /^warning reverse climbing\/migrations\/0002_height.py:8 climbing.0002_height cannot be undone/,
      /^warning compatible climbing\/migrations\/0002_height.py:7 climbing.0002_height breaks the version that still runs: the new column climbing_route.height is NOT NULL without a default in the database$/,
      /^warning coverage climbing\/models.py:19 No test reaches this changed line$/,
      /^warning deploy config\/settings.py:7 You should not have DEBUG set to True/,
    ])
      expect(found).toContainEqual(expect.stringMatching(one));
    expect(result.outputs).toMatchObject({
      status: "failed",
      tests: "3",
      failed: "2",
      "failed-checks": "migrations\ntests\nstatic",
    });
    const steps = reportOf(result).steps.map(({ name, status }) => `${name} ${status}`);
    expect(steps).toEqual([
      "install ok",
      "system ok",
      "deploy ok",
      "migrations failed",
      "migrate ok",
      "reverse ok",
      "compatible ok",
      "tests failed",
      "static failed",
    ]);
    expect(result.log.text).toContain("on an empty database and over the base state with rows");
    const left = await postgres.admin(
      "select datname from pg_database where datname ~ 'belay|test'",
    );
    expect(left).toBe("");
    expect(await project.git("status", "--porcelain")).toBe("");
  });
});

/** Tests in a file of their own, without a database. */
function tests(body: string): Readonly<Record<string, string>> {
  const head = "import os, subprocess, sys, time\nfrom django.test import SimpleTestCase\n\n\n";
  return { "climbing/tests.py": `${head}class Tests(SimpleTestCase):\n${body}` };
}

describe("tests of a project", () => {
  it(
    "can neither command the runner nor see what is only for actions",
    { timeout: 60_000 },
    async () => {
      project = await makeDjangoProject(
        tests(`    def test_talks(self):
        for line in ("::add-mask::passed", "::stop-commands::x", "::error::planted", "::set-output name=status::planted"):
            print(line, file=sys.stderr)
        print(sorted(os.environ.items()))
        sys.stdout.buffer.write(b"\\xff\\xfe\\x1b[31mred\\x1b[0m")
`),
      );
      const inputs = { checks: "tests", env: "TOKEN=planted-token", "min-coverage": "10" };
      const facts = { ACTIONS_RUNTIME_TOKEN: "planted-runtime-token", STATE_x: "planted-state" };
      const result = await testDjango(project, { inputs, facts });
      expect(result.outputs).toMatchObject({ status: "passed", tests: "1" });
      expect(annotationsOf(result)).toEqual([]);
      expect(result.log.masks).not.toContain("passed");
      expect(result.log.unmasked).toContain("('TOKEN', '");
      expect(result.log.text).not.toContain("planted-token");
      for (const hidden of [
        "INPUT_",
        "STATE_",
        "ACTIONS_",
        "GITHUB_OUTPUT",
        "planted-runtime-token",
      ])
        expect(result.log.unmasked, hidden).not.toContain(hidden);
    },
  );

  it("that hang are ended with all they started, and named", { timeout: 60_000 }, async () => {
    project = await makeDjangoProject(
      tests(`    def test_hangs(self):
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        print("it hangs", flush=True)
        time.sleep(600)

    def test_is_quick(self):
        pass
`),
    );
    const running = await startTestDjango(project, { inputs: { checks: "tests", timeout: "8s" } });
    const result = await running.done;
    expect(result.durationMs).toBeLessThan(20_000);
    expect(result.outputs).toMatchObject({ status: "failed", "failed-checks": "tests" });
    expect(annotationsOf(result)).toEqual([
      "error tests climbing/tests.py:6 the tests did not end in time: they were killed while climbing.tests.Tests.test_hangs ran",
    ]);
    expect(result.log.text).toContain("ended because the time for all checks was over");
    await until("nothing of it to run", () => nothingRunsIn(project.path));
  });

  it("that are not there fail, unless that is accepted", { timeout: 60_000 }, async () => {
    project = await makeDjangoProject({ "climbing/tests.py": undefined });
    const none = await testDjango(project, { inputs: { checks: "tests" } });
    expect(annotationsOf(none)).toEqual([
      "error tests - no tests were found; `allow-no-tests: true` accepts that",
    ]);
    const inputs = { checks: "tests", "allow-no-tests": "true" };
    expect((await testDjango(project, { inputs })).outputs["status"]).toBe("passed");
  });
});

/** No process has its working folder there. */
async function nothingRunsIn(folder: string): Promise<boolean> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const folders = await Promise.all(ids.map((id) => readlink(`/proc/${id}/cwd`).catch(() => "")));
  return !folders.some((one) => one.startsWith(folder));
}
