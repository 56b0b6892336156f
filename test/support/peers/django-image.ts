import { access, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Dockerd } from "./dockerd.js";

/** A Debian with Django, gunicorn and the drivers of PostgreSQL and Redis, as a base to build from; returns its id. */
export async function djangoImage(dockerd: Dockerd, name: string): Promise<string> {
  const environment = ["ENV PYTHONUNBUFFERED=1", "ENV LANG=C.UTF-8", 'CMD ["python3"]'];
  const changes = environment.flatMap((change) => ["--change", change]);
  return (await dockerd.docker(["import", ...changes, await rootArchive(), name])).trim();
}

async function rootArchive(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1] ?? "";
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const archive = join(cache, `belay-peers/django-${codename}/root.tar`);
  await access(archive).catch(() => {
    throw new Error(`a ${codename} with Django is missing: run test/peers/install system`);
  });
  return archive;
}
