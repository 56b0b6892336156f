import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { BelayServer, manifestOf, tarOfFiles } from "../support/belay-server.js";
import { isAlive } from "../support/processes.js";
import { until } from "../support/until.js";

/** Each test has a server of its own. */
const withServer = (shell: string) =>
  test.extend<{ readonly server: BelayServer }>({
    // eslint-disable-next-line no-empty-pattern
    server: async ({}, use) => {
      const server = await BelayServer.start(shell);
      await use(server);
      await server.stop();
    },
  });

const log = (server: BelayServer): string => (server.exists("log") ? server.read("log") : "");
const undone = (server: BelayServer, token: string) =>
  until(
    "the guardian to act",
    () => server.outcomes().find((name) => name.startsWith(`${token}.`)),
    { timeoutMs: 15_000 },
  );
const readId = (server: BelayServer): string =>
  /^new (.*)$/m.exec(server.read(".belay/phase"))?.[1] ?? "";
const guardian = (server: BelayServer): number =>
  Number(/^guardian (\d+)/m.exec(server.read(".belay/phase"))?.[1]);

/** What the server program guarantees without a database, under any shell. */
export function deployContract(shell: string): void {
  const it = withServer(shell);
  // They mostly wait.
  describe.concurrent(`the server program under ${shell}`, () => {
    const restart = 'echo "$BELAY_RELEASE" >> "$BELAY_PATH/log"';
    it("deploys a release, runs its restart lines and confirms it", async ({ server }) => {
      const id = await server.deploy("one", { restart });
      expect(id).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{7}$/);
      expect(server.current()).toBe(id);
      expect(server.read("current/app.txt")).toBe("one");
      expect(log(server)).toBe(`${id}\n`);
      expect(server.outcomes()).toEqual(["one.confirmed"]);
      expect(server.exists(".belay/phase")).toBe(false);
      expect(statSync(server.dot("releases", id)).mode & 0o777).toBe(0o700);
    });

    it("takes a call from its first line of input, and ends when none comes", async ({
      server,
    }) => {
      const plan = packPlan({ "confirm-timeout": "20" });
      const line = Buffer.from("begin deploy one\n");
      const begun = await server.call(["next"], Buffer.concat([line, plan]));
      expect(begun.first("begun")).toMatch(/^\d{8}T/);
      expect(await server.call(["next"], "")).toMatchObject({
        code: 4,
        records: [["belay 1"], ["unheard"]],
      });
      expect(await server.call(["next"], "status $(touch x)\n")).toMatchObject({ code: 2 });
      expect(server.exists(".belay/x")).toBe(false);
    });

    it("gives a lost answer again: a repeated begin, step and confirm do nothing twice", async ({
      server,
    }) => {
      const plan = packPlan({ restart, "confirm-timeout": "20" });
      const first = await server.call(["begin", "deploy", "one"], plan);
      const again = await server.call(["begin", "deploy", "one"], plan);
      expect(again.first("begun")).toBe(first.first("begun"));
      await server.steps("one", "prepare", "activate", "activate");
      expect(log(server).split("\n")).toHaveLength(2);
      expect((await server.call(["confirm", "one"])).first("confirmed")).toBe(first.first("begun"));
      expect((await server.call(["confirm", "one"])).first("confirmed")).toBe(first.first("begun"));
      expect(server.outcomes()).toEqual(["one.confirmed"]);
    });

    it("picks a step's output up at the byte where it was", async ({ server }) => {
      await server.upload("one", { build: "printf 0123456789; sleep 0.3; echo end" }, { a: "a" });
      const whole = await server.call(["step", "one", "build", "0"]);
      const rest = await server.call(["step", "one", "build", "4"]);
      expect([whole.output, rest.output]).toEqual(["0123456789end\n", "456789end\n"]);
    });

    it("sends only what changed, and notices what the app wrote over in the old release", async ({
      server,
    }) => {
      const files = {
        "a.txt": "same",
        "d/it's $(odd) \\ \"ü.sh": "#!/bin/sh\n",
        "d/-dash": "x",
        changed: "1",
      };
      const first = await server.deploy("one", {}, files);
      writeFileSync(join(server.path, "releases", first, "d/-dash"), "written by the app");
      const next = { ...files, changed: "2" };
      const manifest = manifestOf(next);
      await server.call(
        ["begin", "deploy", "two"],
        packPlan({ files: manifest.text, "confirm-timeout": "20" }),
      );
      const prepared = await server.call(["step", "two", "prepare", "0"]);
      const need = prepared.all("need").map(([line]) => manifest.paths[Number(line) - 1]);
      expect(need.sort()).toEqual(["changed", "d/-dash"]);
      const received = await server.call(
        ["receive", "two", "receive-1", "plain"],
        tarOfFiles(next, ["changed", "d/-dash"]),
      );
      expect(received.first("code")).toBe("0");
      const release = join(server.path, "releases", readId(server));
      expect(readFileSync(join(release, "d/-dash"), "utf8")).toBe("x");
      expect(statSync(join(release, "d/it's $(odd) \\ \"ü.sh")).mode & 0o777).toBe(0o755);
    });

    it.for(["exit 1", "for file; do printf '%064d *%s\\n' 0 \"$file\"; done"])(
      "knows what is whole although the server's openssl does not: %s",
      async (text, { server }) => {
        const openssl = join(server.env["HOME"] ?? "", "bin/openssl");
        writeFileSync(openssl, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
        await server.deploy("one", {}, { same: "1", changed: "1" });
        const copied = await server.upload("two", {}, { same: "1", changed: "2" });
        expect(copied.code).toBe(0);
        const release = join(server.path, "releases", readId(server));
        expect(readFileSync(join(release, "same"), "utf8")).toBe("1");
        expect(readFileSync(join(release, "changed"), "utf8")).toBe("2");
      },
    );

    it.for(["switch", "zstd"])("takes an archive that is coded: %s", async (coding, { server }) => {
      const big = Array.from(
        { length: 40_000 },
        (_, line) => `line ${String(line)} of a big file\n`,
      ).join("");
      const files = { big, small: "s" };
      await server.call(["begin", "deploy", "one"], packPlan({ files: manifestOf(files).text }));
      const prepared = await server.call(["step", "one", "prepare", "0"]);
      expect(prepared.all("unpacks")).toEqual([["zstd"]]);
      const tar = Buffer.from(tarOfFiles(files, ["big", "small"]));
      const mebibyte = 1024 * 1024;
      const switched = Buffer.concat([
        tar.subarray(0, mebibyte),
        Buffer.from("gzip\n"),
        gzipSync(tar.subarray(mebibyte)),
      ]);
      const coded = coding === "zstd" ? zstdCompressSync(tar) : switched;
      const received = await server.call(["receive", "one", "receive-1", coding], coded);
      expect(received.first("code")).toBe("0");
      expect(server.read("releases", readId(server), "big")).toBe(big);
    });

    it("takes no upload for whole that was cut half-way, and asks for the rest", async ({
      server,
    }) => {
      const files = { a: "a".repeat(5000), b: "b".repeat(5000) };
      await server.call(
        ["begin", "deploy", "one"],
        packPlan({ files: manifestOf(files).text, "confirm-timeout": "20" }),
      );
      await server.call(["step", "one", "prepare", "0"]);
      const cut = await server.call(
        ["receive", "one", "receive-1", "plain"],
        tarOfFiles(files, ["a", "b"]).subarray(0, 8000),
      );
      expect(cut.first("code")).not.toBe("0");
      expect(cut.all("need")).toEqual([["2"]]);
      expect(existsSync(join(server.path, "releases", readId(server)))).toBe(false);
      const whole = await server.call(
        ["receive", "one", "receive-2", "plain"],
        tarOfFiles(files, ["a", "b"]),
      );
      expect(whole.first("code")).toBe("0");
      expect(server.read("releases", readId(server), "b")).toBe(files.b);
    });

    it("keeps shared paths across releases and links them into each", async ({ server }) => {
      const fields = { "shared-paths": "uploads/\ndata/app.db\n" };
      await server.deploy("one", fields, {
        "uploads/seed.txt": "seed",
        "data/app.db": "v1",
        "data/other": "o",
      });
      writeFileSync(join(server.path, "current/data/app.db"), "written");
      await server.deploy("two", fields, {
        "uploads/seed.txt": "other",
        "data/app.db": "v2",
        "data/other": "o",
      });
      expect(server.read("current/data/app.db")).toBe("written");
      expect(server.read("current/uploads/seed.txt")).toBe("seed");
      expect(server.read("shared/data/app.db")).toBe("written");
    });

    it("puts the old release back when asked, and refuses whatever comes late", async ({
      server,
    }) => {
      const first = await server.deploy("one", { restart });
      await server.upload("two", { restart }, { "app.txt": "two" });
      await server.steps("two", "activate");
      expect(server.current()).not.toBe(first);
      const undo = await server.call(["undo", "two"], "the gate did not open\n");
      expect([undo.code, undo.first("outcome")]).toEqual([0, "undone"]);
      expect(server.current()).toBe(first);
      expect(log(server).trim().split("\n").at(-1)).toBe(first);
      expect((await server.call(["confirm", "two"])).code).toBe(5);
      const late = await server.call(["step", "two", "after", "0"]);
      expect([late.code, late.first("late")]).toEqual([5, "undone"]);
      expect((await server.person("history")).text).toContain("undone: the gate did not open");
    });

    it("refuses to confirm what was not activated", async ({ server }) => {
      await server.upload("one", {}, { a: "a" });
      const confirm = await server.call(["confirm", "one"]);
      expect(confirm.code).toBe(1);
      expect(server.exists(".belay/phase")).toBe(true);
    });

    it("undoes by itself when the runner's beats stop", async ({ server }) => {
      const first = await server.deploy("one", { restart });
      await server.upload("two", { restart, "confirm-timeout": "3" }, { "app.txt": "two" });
      expect(await undone(server, "two")).toBe("two.undone");
      expect(server.current()).toBe(first);
      expect(await server.person("tick")).toMatchObject({ code: 4 });
    });

    it("ends a step that still runs, with all it started, before anything is put back", async ({
      server,
    }) => {
      await server.deploy("one", { restart });
      const build = `trap '' TERM; echo $$ > "$BELAY_PATH/pid"; setsid sh -c 'echo $$ > "$BELAY_PATH/pid2"; exec sleep 600' & sleep 600`;
      await server.upload("two", { build: `${build}\nwait` }, { a: "a" });
      const step = server.start(["--porcelain", "step", "two", "build", "0"]);
      await until("the step to run", () => server.exists("pid2") && server.read("pid2") !== "");
      const undo = await server.call(["undo", "two"], "cancelled\n");
      expect(undo.first("outcome")).toBe("undone");
      for (const name of ["pid", "pid2"]) expect(isAlive(Number(server.read(name)))).toBe(false);
      step.kill();
    });

    it("finishes an operation whose guardian was killed, at the next tick", async ({ server }) => {
      const first = await server.deploy("one", { restart });
      await server.upload("two", { restart, "confirm-timeout": "60" }, { "app.txt": "two" });
      await server.steps("two", "activate");
      process.kill(guardian(server), "SIGKILL");
      await until("the guardian to be dead", () => !isAlive(guardian(server)));
      const tick = await server.person("tick");
      expect(tick.code).toBe(5);
      expect(server.current()).toBe(first);
      expect(server.outcomes()).toEqual(["one.confirmed", "two.undone"]);
    });

    it("finishes it at the next contact too, of the same runner or another", async ({ server }) => {
      const first = await server.deploy("one", { restart });
      await server.upload("two", { restart, "confirm-timeout": "60" }, { "app.txt": "two" });
      await server.steps("two", "activate");
      process.kill(guardian(server), "SIGKILL");
      const late = await server.call(["step", "two", "after", "0"]);
      expect([late.code, late.first("late")]).toEqual([5, "undone"]);
      expect(server.current()).toBe(first);
      await server.upload("three", { restart, "confirm-timeout": "60" }, { a: "3" });
      process.kill(guardian(server), "SIGKILL");
      const begun = await server.upload("four", { restart }, { a: "4" });
      expect(begun.all("recovered")[0]).toEqual(["three", "undone"]);
    });

    it("lets one deploy in at a time and names the owner to the other", async ({ server }) => {
      await server.upload("one", { actor: "alice", "confirm-timeout": "60" }, { a: "a" });
      const second = await server.upload("two", { "lock-timeout": "1" }, { a: "b" });
      expect(second.code).toBe(3);
      expect(second.first("locked")).toContain("alice");
    });

    it("holds deploys with a reason until they are released", async ({ server }) => {
      await server.deploy("one");
      await server.person("hold", "the", "database", "is", "moving");
      const held = await server.upload("two", {}, { a: "a" });
      expect([held.code, held.first("held")]).toEqual([
        3,
        expect.stringContaining("the database is moving"),
      ]);
      expect((await server.person("release-hold")).code).toBe(0);
      expect((await server.upload("three", {}, { a: "a" })).code).toBe(0);
    });

    it("is `undo-failed` after three tries that failed, says so, and holds deploys", async ({
      server,
    }) => {
      const breaks = 'test ! -e "$BELAY_PATH/broken"';
      await server.deploy("one", { restart: breaks });
      await server.upload("two", { restart: 'touch "$BELAY_PATH/broken"; exit 7' }, { a: "a" });
      const [activate] = await server.steps("two", "activate");
      expect(activate?.first("code")).toBe("7");
      const undo = await server.call(["undo", "two"], "restart failed\n");
      expect([undo.code, undo.first("outcome")]).toEqual([6, "undo-failed"]);
      expect(undo.output).toContain("try 3 of 3");
      const next = await server.upload("three", {}, { a: "a" });
      expect([next.code, next.first("held")]).toEqual([
        3,
        expect.stringContaining("could not be put back"),
      ]);
    });

    it("does not give an undo up that it cannot record, and goes on when it can", async ({
      server,
    }) => {
      const first = await server.deploy("one", { restart });
      await server.upload("two", { restart, "confirm-timeout": "60" }, { a: "a" });
      await server.steps("two", "activate");
      // What a full disk does: nothing can be written beside the record.
      mkdirSync(server.dot("phase.new"));
      const undo = server.call(["undo", "two"], "the gate did not open\n");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(server.outcomes()).toEqual(["one.confirmed"]);
      rmdirSync(server.dot("phase.new"));
      expect((await undo).first("outcome")).toBe("undone");
      expect(server.current()).toBe(first);
    });

    it("stops what a failed first deploy started, and leaves nothing", async ({ server }) => {
      const daemon = 'sleep 600 & echo $! > "$BELAY_PATH/daemon"; exit 1';
      await server.upload("one", { restart: daemon }, { a: "a" });
      await server.steps("one", "activate");
      const undo = await server.call(["undo", "one"], "restart failed\n");
      expect(undo.all("outcome")[0]).toEqual(["undone", "restart failed; nothing to go back to"]);
      expect(isAlive(Number(server.read("daemon")))).toBe(false);
      expect(server.current()).toBeUndefined();
    });

    it("rolls back to the release before, not to one that was rolled back from, and lists candidates", async ({
      server,
    }) => {
      const one = await server.deploy("one", { restart });
      const two = await server.deploy("two", { restart });
      const three = await server.deploy("three", { restart });
      expect((await server.person("rollback")).text).toContain(`${two} serves`);
      expect((await server.person("rollback")).text).toContain(`${one} serves`);
      expect(server.current()).toBe(one);
      const missing = await server.person("rollback", "20200101T000000Z-nosha");
      expect(missing.text).toContain("is not on the server");
      expect((await server.person("rollback", three)).text).toContain(`${three} serves`);
      expect((await server.person("status")).text).toContain(`current: ${three}`);
    });

    it("names the variables that differ between what runs and what a rollback would run", async ({
      server,
    }) => {
      await server.deploy("one", {
        env: "export SAME='1'\nexport OTHER='it'\\''s'\nexport GONE='x'\n",
      });
      await server.deploy("two", { env: "export SAME='1'\nexport OTHER='2'\n" });
      const look = await server.call(["check", "rollback"], packPlan({}));
      expect(look.all("fact")).toContainEqual(["environment that differs", "GONE OTHER"]);
    });

    it("runs a rollback with the running environment when that is asked for, and keeps the recorded one on failure", async ({
      server,
    }) => {
      const lines = {
        restart: 'echo "$BELAY_RELEASE $WHO" >> "$BELAY_PATH/log"; test ! -e "$BELAY_PATH/broken"',
      };
      const one = await server.deploy("one", { ...lines, env: "export WHO='old'\n" });
      await server.deploy("two", { ...lines, env: "export WHO='new'\n" });
      const roll = async (token: string): Promise<void> => {
        await server.call(["begin", "rollback", token], packPlan({ "rollback-env": "current" }));
        await server.steps(token, "activate");
      };
      await roll("r1");
      await server.call(["undo", "r1"], "no\n");
      expect(server.read(".belay/releases", one, "env")).toContain("old");
      await roll("r2");
      expect((await server.call(["confirm", "r2"])).code).toBe(0);
      expect(log(server).trim().split("\n").at(-1)).toBe(`${one} new`);
      expect(server.read(".belay/releases", one, "env")).toContain("new");
    });

    it("names the processes that a restart has left in the old release", async ({ server }) => {
      const daemon = 'sleep 600 </dev/null >/dev/null 2>&1 & echo $! > "$BELAY_PATH/daemon"';
      await server.deploy("one", { restart: daemon });
      const pid = server.read("daemon").trim();
      await server.upload("two", {}, { a: "2" });
      await server.steps("two", "activate");
      const confirmed = await server.call(["confirm", "two"]);
      expect(confirmed.all("old-process")).toEqual([[pid, "sleep"]]);
      process.kill(Number(pid), "SIGKILL");
    });

    it("a failing rollback returns to where it started", async ({ server }) => {
      await server.deploy("one", { restart: 'test ! -e "$BELAY_PATH/broken"' });
      const two = await server.deploy("two", { restart });
      writeFileSync(join(server.path, "broken"), "");
      const rollback = await server.person("rollback");
      expect(rollback.code).toBe(5);
      expect(server.current()).toBe(two);
    });

    it("prunes old releases by the order of the history, never the one to go back to", async ({
      server,
    }) => {
      const ids = [];
      for (const token of ["a", "b", "c", "d"])
        ids.push(await server.deploy(token, { "keep-releases": "2" }));
      const left = ids.filter((id) => server.exists("releases", id));
      expect(left).toEqual(ids.slice(2));
    });

    it("does not prune a release that a process still works in", async ({ server }) => {
      const stays = 'sleep 600 </dev/null >/dev/null 2>&1 & echo $! > "$BELAY_PATH/daemon"';
      const first = await server.deploy("a", { "keep-releases": "1", restart: stays });
      for (const token of ["b", "c", "d"]) await server.deploy(token, { "keep-releases": "1" });
      expect(server.exists("releases", first)).toBe(true);
      process.kill(Number(server.read("daemon")), "SIGKILL");
      await server.deploy("e", { "keep-releases": "1" });
      expect(server.exists("releases", first)).toBe(false);
    });

    it("installs its timer once, beside what the table already had", async ({ server }) => {
      await server.deploy("one");
      await server.deploy("two");
      const lines = (await server.crontab()).trim().split("\n");
      expect(lines).toHaveLength(2);
      expect(lines[0]).toContain(`@reboot '${server.dot("belay")}' tick`);
    });

    it("refuses a `current` that is not ours to switch, before anything is touched", async ({
      server,
    }) => {
      server.link("/etc", "current");
      const begun = await server.upload("one", {}, { a: "a" });
      expect(begun.code).toBe(1);
      expect(begun.all("finding")[0]).toEqual([
        "error",
        "config",
        expect.stringContaining("points to /etc"),
        expect.anything(),
      ]);
    });
  });
}
