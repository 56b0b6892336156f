import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { serverPath } from "../support/peers/daemon.js";
import { mustRun, runProgram } from "../support/program.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const root = join(import.meta.dirname, "../..");

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder("pages");
  for (const name of ["belay", "tls", "belay-staging"]) await mkdir(join(folder, name));
});
afterEach(() => removeFolder(folder));

/** What a deploy writes there, for an nginx in a container and for one on the server. */
const written = {
  container: 'map "" $belay_web { default web-1; }\n',
  server: "upstream belay_web { server 127.0.0.1:8001; }\n",
};

/** Has nginx read a whole configuration, with the folders that it includes in the place of those that it names. */
async function read(text: string, lines: string): Promise<string> {
  await writeFile(join(folder, "belay/web.conf"), lines);
  const moved = text
    .replaceAll(/\/etc\/nginx\/(belay-staging|belay|tls)/g, `${folder}/$1`)
    .replaceAll("/srv/shop/shared/belay-proxy", `${folder}/belay`);
  const own = `pid ${folder}/pid;\nerror_log stderr;\n`;
  await writeFile(join(folder, "nginx.conf"), own + moved);
  const words = ["nginx", "-t", "-q", "-p", folder, "-c", join(folder, "nginx.conf")];
  const { code, stderr } = await runProgram(words, { env: { PATH: serverPath() } });
  return code === 0 ? "" : stderr;
}

const inHttp = (block: string): string => `events {}\nhttp {\naccess_log off;\n${block}}\n`;

async function blocksOf(page: string): Promise<readonly string[]> {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/^```nginx\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
}

it("each nginx block of a page is one that nginx takes", async () => {
  const pages = (await mustRun(["git", "ls-files", "*.md"], { cwd: root })).split("\n");
  let count = 0;
  for (const page of pages.filter(Boolean))
    for (const block of await blocksOf(page)) {
      count += 1;
      const isServers = !block.includes("$belay_");
      const lines = isServers ? written.server : written.container;
      expect(await read(inHttp(block), lines), `${page}:\n${block}`).toBe("");
    }
  expect(count).toBeGreaterThan(1);
});

it("what nginx does not take is told", async () => {
  expect(await read(inHttp("location / {}\n"), "")).toContain(
    '"location" directive is not allowed',
  );
});

it.each([
  ["django-compose/docker/nginx", "django_prod"],
  ["nextjs-compose/nginx", "web"],
])("the nginx of the example %s starts", async (place, service) => {
  const text = await readFile(join(root, "examples", place, "nginx.conf"), "utf8");
  const lines = written.container.replace("belay_web", `belay_${service}`);
  expect(await read(text, lines)).toBe("");
});
