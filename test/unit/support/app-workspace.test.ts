import { cp, mkdir, rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askApp, stopApp } from "../../support/app-process.js";
import { makeWorkspace, type AppRelease, type Workspace } from "../../support/app-workspace.js";
import { freePort } from "../../support/free-port.js";
import { startLoad } from "../../support/load.js";
import { startPostgres, type Postgres } from "../../support/postgres.js";
import { runProgram } from "../../support/program.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";

let postgres: Postgres;
let workspace: Workspace;
let path: string;
let port: number;

beforeAll(async () => {
  [postgres, workspace, path, port] = await Promise.all([
    startPostgres(),
    makeWorkspace(),
    scratchFolder("path"),
    freePort(),
  ]);
  await mkdir(join(path, "releases"));
});

afterAll(async () => {
  await stopApp(path);
  await Promise.all([postgres.stop(), workspace.remove(), removeFolder(path)]);
});

/** What a deploy does to the app, by hand: copy, build, migrate, switch, restart. */
async function release(
  id: string,
  made: AppRelease,
): Promise<{ code: number | null; said: string }> {
  const sha = await workspace.commit(made);
  const tree = join(path, "releases", id);
  await cp(workspace.path, tree, { recursive: true });
  const env = {
    PATH: `${postgres.bin}:${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    ...postgres.env(),
    APP_NODE: process.execPath,
    APP_PORT: String(port),
    APP_READY_MS: "3000",
    BELAY_RELEASE: id,
    BELAY_SHA: sha,
  };
  for (const script of ["build.sh", "migrate.sh"]) {
    const { code, stderr } = await runProgram(["sh", script], { cwd: tree, env });
    if (code !== 0) return { code, said: stderr };
  }
  await symlink(`releases/${id}`, join(path, "next"));
  await rename(join(path, "next"), join(path, "current"));
  const { code, stdout, stderr } = await runProgram(["sh", "restart.sh"], { cwd: tree, env });
  return { code, said: stdout + stderr };
}

test("a release starts, a second one with a migration replaces it under load without a failed request", async () => {
  expect(await release("a", { version: "1.0" })).toMatchObject({ code: 0 });
  expect(await askApp(port)).toMatchObject({ status: 200, version: "1.0", release: "a", items: 3 });
  const load = startLoad(`http://127.0.0.1:${String(port)}/items`, { requestsPerSecond: 100 });
  expect(await release("b", { version: "2.0", migrations: 2 })).toMatchObject({ code: 0 });
  const { failures, versions } = await load.stop();
  expect(failures).toEqual([]);
  expect([...versions.keys()]).toEqual(["1.0", "2.0"]);
  expect(await postgres.query("select version from schema_migrations")).toBe(
    "001_items\n002_price",
  );
});

test.each(["does-not-start", "never-ready"] as const)(
  "the old workers go on when a release %s",
  async (broken) => {
    const { code, said } = await release(broken, { version: "3.0", migrations: 2, broken });
    expect(code).toBe(1);
    expect(said).toContain("the app kept its old workers: refused");
    expect(await askApp(port)).toMatchObject({ status: 200, version: "2.0" });
  },
);

test("a release that answers 500 starts all the same", async () => {
  expect(
    await release("c", { version: "4.0", migrations: 2, broken: "answers-500" }),
  ).toMatchObject({ code: 0 });
  expect(await askApp(port)).toMatchObject({ status: 500, version: "4.0" });
});

test("a build and a migration fail when told to, and the failed migration leaves nothing behind", async () => {
  expect(
    await release("d", { version: "5.0", migrations: 2, broken: "build-fails" }),
  ).toMatchObject({ code: 3 });
  expect(
    await release("e", { version: "5.0", migrations: 2, broken: "migrate-fails" }),
  ).toMatchObject({ code: 3 });
  expect(await postgres.query("select count(*) from schema_migrations")).toBe("2");
});
