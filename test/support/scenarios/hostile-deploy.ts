import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { quote } from "../../../src/commands/shell.js";
import { hostileLine, hostileName, hostileText } from "../hostile.js";
import { mustRun } from "../program.js";
import { verdictOf } from "../report-of.js";
import { runAction } from "../run-action.js";
import { connectionInputs, type Inputs } from "../site.js";
import type { World } from "../world.js";

/** Each of these is one case; a deploy carries all of them at once. */
export const carried = fc.record({
  path: hostileName,
  file: hostileName,
  folder: hostileName,
  linkTarget: hostileName,
  content: hostileText,
  excluded: hostileName,
  shared: hostileName,
  value: hostileLine,
  lines: hostileText,
  build: hostileText,
  expect: hostileLine,
  backupDir: hostileName,
  database: hostileName,
  password: hostileLine,
  ref: hostileLine,
  actor: hostileLine,
  workflow: hostileLine,
  repository: hostileLine,
});

export type Carried = typeof carried extends fc.Arbitrary<infer T> ? T : never;

/** PATH of the runner with the trap first. */
export function runnerPath(folder: string): Inputs {
  return {
    PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
  };
}

let databases = 0;

/** Deploys all of them at once and compares what stands on the server then; `folder` is for scratch. */
export async function deployCarried(
  world: World,
  texts: Carried,
  folder: string,
  health: string,
): Promise<void> {
  const workspace = await checkout(texts, folder);
  // The same name may be drawn twice, and roles are of the whole server.
  const name = `${texts.database}${String((databases += 1))}`;
  const database = await world.postgres.createDatabase(name, texts.password);
  await database.query("create table t (x int)");
  const path = join(world.host.home.path, texts.path);
  const inputs = {
    ...connectionInputs(world.host, path),
    ...carriedInputs(texts),
    "database-url": database.url(),
    "backup-dir": join(world.host.home.path, `b-${texts.backupDir}`),
    "health-url": health,
  };
  const facts = { ...runnerPath(folder), ...carriedFacts(texts) };
  const result = await runAction({ inputs, workspace, facts });
  expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
  await expectCarried(texts, path);
  await expectRestoreCommands(world, result.outputs["backup-path"] ?? "", name, folder);
  expect(await readdir(inputs["backup-dir"])).toEqual([result.outputs["backup-id"]]);
  const person = await world.host.run(["sh", join(path, ".belay/belay"), "backup"]);
  expect(person.code, person.stdout + person.stderr).toBe(0);
}

function carriedInputs(texts: Carried): Inputs {
  const build = [
    `printf '%s' "$VALUE" >value.out`,
    `printf '%s' "$LINES" >lines.out`,
    `cat >build.out <<'END'\n${texts.build}\nEND\n`,
  ];
  return {
    files: `**\n!zz-${texts.excluded}`,
    "shared-paths": `${texts.shared}/`,
    env: `VALUE=${texts.value}\nLINES="${texts.lines.replace(/[\\"$]/g, "\\$&")}"`,
    build: build.join("\n"),
    "health-expect": texts.expect,
    "health-interval": "100ms",
    "health-successes": "1",
  };
}

function carriedFacts(texts: Carried): Inputs {
  return {
    GITHUB_REF: `refs/heads/${texts.ref}`,
    GITHUB_REF_NAME: texts.ref,
    GITHUB_ACTOR: texts.actor,
    GITHUB_WORKFLOW: texts.workflow,
    GITHUB_REPOSITORY: texts.repository,
  };
}

async function checkout(texts: Carried, folder: string): Promise<string> {
  const workspace = await mkdtemp(join(folder, "workspace-"));
  await mustRun(["git", "init", "--quiet", workspace]);
  await mkdir(join(workspace, `d-${texts.folder}`));
  await writeFile(join(workspace, `d-${texts.folder}`, `f-${texts.file}`), texts.content);
  await writeFile(join(workspace, `t-${texts.linkTarget}`), "target");
  await symlink(`t-${texts.linkTarget}`, join(workspace, "link"));
  return workspace;
}

/** Everything stands on the server under its own name and with its own text. */
async function expectCarried(texts: Carried, path: string): Promise<void> {
  const release = join(path, "current");
  const read = (...names: string[]): Promise<string> => readFile(join(release, ...names), "utf8");
  expect(await read(`d-${texts.folder}`, `f-${texts.file}`)).toBe(texts.content);
  expect(await readlink(join(release, "link"))).toBe(`t-${texts.linkTarget}`);
  expect(await read("value.out")).toBe(texts.value);
  expect(await read("lines.out")).toBe(texts.lines);
  expect(await read("build.out")).toBe(`${texts.build}\n`);
  expect((await lstat(join(release, texts.shared))).isSymbolicLink()).toBe(true);
  expect((await lstat(join(path, "shared", texts.shared))).isDirectory()).toBe(true);
}

/** The commands of MANIFEST.txt, pasted into a shell, name this database and run nothing else. */
async function expectRestoreCommands(
  world: World,
  backup: string,
  database: string,
  folder: string,
): Promise<void> {
  const stubs = join(folder, "stubs");
  await mkdir(stubs, { recursive: true });
  const words = join(folder, "words");
  for (const program of ["psql", "createdb", "pg_restore"]) {
    await writeFile(join(stubs, program), `#!/bin/sh\nprintf '%s\\n' "$@" >>'${words}'\n`);
    await chmod(join(stubs, program), 0o755);
  }
  await writeFile(words, "");
  await chmod(words, 0o666);
  const manifest = await readFile(join(backup, "MANIFEST.txt"), "utf8");
  const commands = manifest.split("\n").filter((line) => line.startsWith("  "));
  const path = `${stubs}:${world.host.home.env["PATH"] ?? ""}`;
  const pasted = await world.host.run(["sh", "-c", commands.join("\n")], { PATH: path });
  expect(pasted, manifest).toMatchObject({ code: 0, stderr: "" });
  const said = (await readFile(words, "utf8")).split("\n");
  expect(said.filter((word) => word === "postgres")).toHaveLength(2);
  expect(manifest).toContain(`# makes the database ${quote(database)}\n`);
}
