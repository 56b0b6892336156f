import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CacheService, startCacheService } from "../test/support/cache-service.js";
import {
  type DjangoProject,
  djangoPython,
  fetching,
  makeDjangoProject,
  testDjango,
} from "../test/support/django-project.js";
import { mustRun } from "../test/support/program.js";
import { reportOf } from "../test/support/report-of.js";
import { removeFolder, scratchFolder } from "../test/support/scratch.js";
import { compare, type Comparison, type Measured, timed } from "./measure.js";
import { djangoSideBySide } from "./django-side-by-side.js";
import { parsingFigures } from "./parsing.js";
import { good } from "./start-up.js";

/** How the checks compare with the same commands by hand, and a second installation with the first. */
export async function measureDjango(pairs: number): Promise<Measured> {
  const project = await makeDjangoProject();
  const cache = await startCacheService();
  const temp = await scratchFolder("bench-django");
  try {
    const comparisons = [
      await compare(await byHandRow(project), pairs),
      await djangoSideBySide(pairs),
      await compare(await installRow(project, cache, temp, await djangoPython()), pairs),
    ];
    return { comparisons, figures: await parsingFigures() };
  } finally {
    await cache.stop();
    await project.remove();
    await removeFolder(temp);
  }
}

/** Those that bring 40 packages of different kinds with them. */
const requirements = [
  "django",
  "psycopg[binary]",
  "djangorestframework",
  "celery",
  "redis",
  "gunicorn",
].concat([
  "whitenoise",
  "pillow",
  "requests",
  "boto3",
  "sentry-sdk",
  "pytest-django",
  "coverage",
  "factory-boy",
  "ruff",
]);

/** On SQLite: what is measured is what we add. */
async function byHandRow(project: DjangoProject): Promise<Comparison> {
  const python = await djangoPython();
  const env = { PATH: `${dirname(python)}:${process.env["PATH"] ?? ""}` };
  const lines = [
    "python manage.py check",
    "python manage.py makemigrations --check --dry-run",
    "python manage.py migrate",
    "coverage run manage.py test --noinput",
    "python manage.py collectstatic --noinput",
  ];
  const static_ = "import os\nSTATIC_ROOT = os.environ.get('STATIC_ROOT')\n";
  await project.append("config/settings.py", static_);
  return {
    name: "test-django: the checks of a small project",
    ours: "test-django with system, migrations, migrate, tests, static",
    peer: "the same commands in one shell",
    target: 1.05,
    runOurs: () =>
      timed(async () =>
        good(
          await testDjango(project, {
            inputs: { checks: "system,migrations,migrate,tests,static" },
          }),
        ),
      ),
    runPeer: () =>
      timed(async () => {
        await rm(join(project.path, "db.sqlite3"), { force: true });
        const root = { ...env, STATIC_ROOT: join(project.path, "../static") };
        await mustRun(["bash", "-ec", lines.join("\n")], { cwd: project.path, env: root });
      }),
  };
}

/** On a new machine each time; the peer is the first run, which has nothing. */
async function installRow(
  project: DjangoProject,
  cache: CacheService,
  temp: string,
  python: string,
): Promise<Comparison> {
  await project.write({ "requirements.txt": `${requirements.join("\n")}\n` });
  const install = async (): Promise<number> => {
    await removeFolder(join(project.path, ".venv"));
    await removeFolder(join(temp, "belay-downloads"));
    const inputs = { install: "auto", python, checks: "system" };
    const result = await testDjango(project, {
      inputs,
      facts: { ...fetching(), ...cache.facts },
      temp,
    });
    good(result);
    return reportOf(result).steps.find(({ name }) => name === "install")?.durationMs ?? Number.NaN;
  };
  return {
    name: "test-django: second installation",
    ours: "install with a warm cache",
    peer: "install without one",
    target: 0.25,
    runOurs: install,
    runPeer: async () => {
      cache.remove("belay-python");
      return install();
    },
  };
}
