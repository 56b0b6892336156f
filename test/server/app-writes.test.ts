import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import {
  BelayServer,
  bytesOf,
  type Files,
  manifestOf,
  shells,
  tarOfFiles,
} from "../support/belay-server.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

/** What the release ships of each file that the app will write to. */
const database = await emptyDatabase();
const shipped: Files = {
  "app.log": "started\n",
  "data.sqlite": database,
  "run.sh": "#!/bin/sh\n",
  "gone.txt": "to be removed by the app\n",
  "swapped.txt": "to be replaced by a link\n",
  "d/replaced.txt": "to be written anew under the same name\n",
  "d/same.txt": "left alone\n",
};
const writtenTo = ["app.log", "d/replaced.txt", "data.sqlite", "gone.txt", "swapped.txt"];

describe.each(shells)("an app that writes into its release folder, under %s", (shell) => {
  let server: BelayServer;
  beforeEach(async () => {
    server = await BelayServer.start(shell);
  });
  afterEach(() => server.stop());

  const release = (id: string): string => join(server.path, "releases", id);

  it("changes no older release, and the next upload brings what was shipped", async () => {
    const one = await server.deploy("one", {}, shipped);
    const pristine = snapshot(release(one));
    const two = await server.deploy("two", {}, { ...shipped, version: "2" });
    expect(snapshot(release(one))).toEqual(pristine);
    write(release(two));
    expect(snapshot(release(one))).toEqual(pristine);

    const files = { ...shipped, version: "3" };
    const { need, id } = await prepare("three", files);
    expect(need).toEqual([...writtenTo, "version"]);
    const three = release(id);
    const received = await server.call(
      ["receive", "three", "receive-1", "plain"],
      tarOfFiles(files, need),
    );
    expect(received.first("code")).toBe("0");
    await server.steps("three", "activate");
    expect((await server.call(["confirm", "three"])).code).toBe(0);
    for (const [name, content] of Object.entries(files)) {
      expect(readFileSync(join(three, name)).equals(bytesOf(content)), name).toBe(true);
    }
    expect(statSync(join(three, "run.sh")).mode & 0o777).toBe(0o755);
    expect(() => statSync(join(three, "cache"))).toThrow();
    expect(snapshot(release(one))).toEqual(pristine);
  });

  it("no file of a release is another release's: all are copies", async () => {
    await server.deploy("one", {}, shipped);
    await server.deploy("two", {}, { ...shipped, version: "2" });
    const linked = execFileSync("find", [
      join(server.path, "releases"),
      "-type",
      "f",
      "-links",
      "+1",
    ]);
    expect(linked.toString()).toBe("");
  });

  it("a rollback goes to the recorded release as it was left, with its own recorded lines", async () => {
    const restart = (word: string) => `echo ${word} >"$BELAY_PATH/restarted"`;
    const one = await server.deploy("one", { restart: restart("one") }, shipped);
    const two = await server.deploy(
      "two",
      { restart: restart("two") },
      { ...shipped, version: "2" },
    );
    const left = snapshot(release(one));
    write(release(two));
    // What the app puts where the release's record could be looked for is not believed.
    writeFileSync(join(release(two), "restart"), restart("forged"));
    expect((await server.person("rollback")).text).toContain(`${one} serves`);
    expect(server.read("restarted")).toBe("one\n");
    expect(snapshot(release(one))).toEqual(left);
  });

  /** Begins a deploy of `files` and says what has to be sent. */
  async function prepare(token: string, files: Files): Promise<{ need: string[]; id: string }> {
    const manifest = manifestOf(files);
    const begun = await server.call(
      ["begin", "deploy", token],
      packPlan({ files: manifest.text, "confirm-timeout": "60" }),
    );
    const prepared = await server.call(["step", token, "prepare", "0"]);
    const need = prepared.all("need").map(([line]) => manifest.paths[Number(line) - 1] ?? "");
    return { need: need.sort(), id: begun.first("begun") ?? "" };
  }
});

/** What an app may do to the files it was shipped with. */
function write(release: string): void {
  appendFileSync(join(release, "app.log"), "a request\n");
  const sqlite = new DatabaseSync(join(release, "data.sqlite"));
  sqlite.exec("insert into items values (1)");
  sqlite.close();
  chmodSync(join(release, "run.sh"), 0o600);
  rmSync(join(release, "gone.txt"));
  rmSync(join(release, "swapped.txt"));
  symlinkSync("/etc/hostname", join(release, "swapped.txt"));
  writeFileSync(join(release, "d/replaced.txt.new"), "to be written anew under the same nam!\n");
  renameSync(join(release, "d/replaced.txt.new"), join(release, "d/replaced.txt"));
  mkdirSync(join(release, "cache/deep"), { recursive: true });
  writeFileSync(join(release, "cache/deep/entry"), "made by the app");
}

/** Kinds, modes, times, inodes and sums of all that lies below a folder. */
function snapshot(folder: string): string {
  return execFileSync(
    "sh",
    [
      "-c",
      'cd "$1" && find . -printf "%P %y %m %i %T@ %s %l\\n" | sort && find . -type f -exec sha256sum {} + | sort',
      "sh",
      folder,
    ],
    { encoding: "utf8" },
  );
}

/** An SQLite file with one table. */
async function emptyDatabase(): Promise<Uint8Array> {
  const folder = await scratchFolder("sqlite");
  const file = join(folder, "data.sqlite");
  const sqlite = new DatabaseSync(file);
  sqlite.exec("create table items (id int)");
  sqlite.close();
  const bytes = readFileSync(file);
  await removeFolder(folder);
  return bytes;
}
