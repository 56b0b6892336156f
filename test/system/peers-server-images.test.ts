import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compose, composePrograms } from "../support/peers/compose.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { pythonImage } from "../support/peers/python-image.js";
import {
  nginxImage,
  pgbouncerImage,
  postgresImage,
  redisImage,
} from "../support/peers/server-images.js";
import { stopAfter } from "../support/peers/stop-after.js";
import { useTracedFolder } from "../support/peers/traced-folder.js";
import { freePort } from "../support/free-port.js";
import { until } from "../support/until.js";

const folder = useTracedFolder();
const password = "belay";
const [composeV2] = composePrograms;

const app = `import os
import django, redis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

def page(request):
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("select version()")
        version = cursor.fetchone()[0]
    count = redis.Redis(host="cache").incr("visits")
    return JsonResponse({"postgres": version.split()[0], "visits": count})

urlpatterns = [path("", page)]
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="only here",
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "HOST": "pool", "PORT": 6432,
        "NAME": "shop", "USER": "shop", "PASSWORD": os.environ["PASSWORD"],
    }},
)
application = get_wsgi_application()
`;

const files = {
  "app/app.py": app,
  "app/Dockerfile": `FROM python
RUN pip install --target /packages django gunicorn psycopg2-binary redis
ENV PYTHONPATH=/packages
COPY app.py /app/
WORKDIR /app
CMD ["python", "-m", "gunicorn", "-b", ":8000", "app"]
`,
  "site.conf": "server { listen 80; location / { proxy_pass http://web:8000; } }\n",
  "pgbouncer/users.txt": `"shop" "${password}"\n`,
  "pgbouncer/pgbouncer.ini": `[databases]
* = host=db port=5432
[pgbouncer]
listen_addr = *
listen_port = 6432
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/users.txt
pool_mode = transaction
`,
};

test("a shop of Django, gunicorn, nginx, PgBouncer, PostgreSQL and Redis serves and keeps its data", async () => {
  const dockerd = await startDockerd();
  const cwd = join(folder(), "shop");
  const port = String(await freePort());
  await stopAfter(dockerd, async () => {
    await makeImages(dockerd);
    await writeProject(cwd, port);
    const run = (...args: readonly string[]) => compose(dockerd, composeV2, args, { cwd });
    await run("build");
    await run("up", "--detach", "--wait");
    expect(await firstAnswer(port)).toEqual({ postgres: "PostgreSQL", visits: 1 });
    await run("exec", "-T", "db", "psql", "-U", "shop", "-c", "create table kept (one int)");
    await run("down", "--timeout", "5");
    await run("up", "--detach", "--wait");
    expect(await firstAnswer(port)).toEqual({ postgres: "PostgreSQL", visits: 2 });
    const asked = ["psql", "-U", "shop", "-At", "-c", "select count(*) from kept"];
    expect(await run("exec", "-T", "db", ...asked)).toBe("0\n");
    expect(await run("logs", "--no-log-prefix", "proxy")).toContain('"GET / HTTP/1.1" 200');
    await run("down", "--volumes", "--timeout", "5");
  });
  await rm(cwd, { recursive: true });
}, 240_000);

async function makeImages(dockerd: Dockerd): Promise<void> {
  await postgresImage(dockerd, "postgres");
  await nginxImage(dockerd, "nginx");
  await redisImage(dockerd, "redis");
  await pgbouncerImage(dockerd, "pgbouncer");
  await pythonImage(dockerd, "python");
}

async function writeProject(cwd: string, port: string): Promise<void> {
  const database = { POSTGRES_USER: "shop", POSTGRES_PASSWORD: password };
  const services = {
    db: { image: "postgres", environment: database, volumes: ["data:/var/lib/postgresql/data"] },
    pool: { image: "pgbouncer", volumes: ["./pgbouncer:/etc/pgbouncer:ro"] },
    cache: { image: "redis", command: ["--save", "1", "1"], volumes: ["cache:/data"] },
    web: { build: "./app", environment: { PASSWORD: password } },
    proxy: {
      image: "nginx",
      ports: [`127.0.0.1:${port}:80`],
      volumes: ["./site.conf:/etc/nginx/conf.d/default.conf:ro"],
      depends_on: ["web", "pool", "db", "cache"],
    },
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(cwd, path, ".."), { recursive: true });
    await writeFile(join(cwd, path), text);
  }
  const project = { name: "shop", services, volumes: { data: {}, cache: {} } };
  await writeFile(join(cwd, "compose.yaml"), JSON.stringify(project));
}

/** gunicorn and PgBouncer need a moment: until then nginx answers 502, Django 500. */
function firstAnswer(port: string): Promise<unknown> {
  return until(
    "the shop to answer",
    async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      return answer.ok ? answer.json() : undefined;
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  );
}
