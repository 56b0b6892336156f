import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { reportOf, verdictOf } from "../report-of.js";
import type { Site } from "../site.js";
import type { World } from "../world.js";
import { stepStarted } from "./step-started.js";

/** What else a user asks for, each against a running release. */
export function operations(world: () => World): void {
  describe("a deploy", () => {
    let site: Site;
    let first: string;

    beforeAll(async () => {
      site = await world().site();
      first = (await site.deploy({ version: "1.0" })).outputs["release"] ?? "";
    });

    test("of the same content is gated and nothing else", async () => {
      const result = await site.deploy({ version: "1.0" }, { "health-expect": "" });
      const again = await site.deploy({ version: "1.0" }, { "health-expect": "" });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0 });
      expect(verdictOf(again), again.log.text).toMatchObject({ exitCode: 0, status: "unchanged" });
      expect(again.outputs["release"]).toBe(await site.current());
    });

    test("of the same content is made all the same when forced", async () => {
      const before = await site.current();
      const result = await site.deploy({ version: "1.0" }, { force: "true", "health-expect": "" });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      expect(await site.current()).not.toBe(before);
      first = (await site.current()) ?? "";
    });

    test("tried with dry-run shows the plan and changes nothing", async () => {
      const result = await site.deploy({ version: "2.0", migrations: 2 }, { "dry-run": "true" });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "planned" });
      expect(await site.current()).toBe(first);
      expect(await site.serving()).toMatchObject({ version: "1.0" });
      expect(await readdir(join(site.path, "releases"))).not.toContain(result.outputs["release"]);
    });

    test("tried with dry-run runs the migrate-plan lines and leaves no release behind", async () => {
      const before = await readdir(join(site.path, "releases"));
      const result = await site.deploy(
        { version: "2.0", migrations: 2 },
        { "dry-run": "true", "migrate-plan": "cat migrations/002_price.sql\n" },
      );
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "planned" });
      expect(result.log.text).toContain("add column price");
      expect(await site.database.query("select count(*) from schema_migrations")).toBe("1");
      expect(await readdir(join(site.path, "releases"))).toEqual(before);
    });

    test("keeps shared files and folders from release to release", async () => {
      const shared = { "shared-paths": "storage/uploads/\nsettings.ini" };
      await mkdir(join(site.path, "shared"), { recursive: true });
      await writeFile(join(site.path, "shared/settings.ini"), "color=green\n");
      await site.deploy({ version: "3.0" }, shared);
      await writeFile(join(site.path, "current/storage/uploads/photo.txt"), "of a summit");
      const result = await site.deploy({ version: "3.1" }, shared);
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      const read = (name: string): Promise<string> =>
        readFile(join(site.path, "current", name), "utf8");
      expect(await read("storage/uploads/photo.txt")).toBe("of a summit");
      expect(await read("settings.ini")).toBe("color=green\n");
    });

    test("takes only the files that were named", async () => {
      const files = { "notes/secret-plan.md": "no", "docs/readme.md": "yes" };
      const result = await site.deploy({ version: "3.2", files }, { files: "**\n!notes/**" });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      expect(existsSync(join(site.path, "current/docs/readme.md"))).toBe(true);
      expect(existsSync(join(site.path, "current/notes"))).toBe(false);
      expect(existsSync(join(site.path, "current/.git"))).toBe(false);
    });

    test("keeps as many releases as asked for, and always one to go back to", async () => {
      const result = await site.deploy({ version: "4.0" }, { "keep-releases": "1" });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0 });
      const releases = (await readdir(join(site.path, "releases"))).sort();
      expect(releases).toEqual(
        [result.outputs["previous-release"], result.outputs["release"]].sort(),
      );
    });

    test("leaves the record of a release to its owner alone", async () => {
      const record = join(site.path, ".belay/releases", (await site.current()) ?? "");
      expect((await stat(join(site.path, ".belay"))).mode & 0o077).toBe(0);
      expect((await stat(join(record, "env"))).mode & 0o777).toBe(0o600);
    });

    test("installs the server's timer once", async () => {
      const table = await world().host.home.crontab();
      const lines = table.split("\n").filter((line) => line.includes(`${site.path}/.belay`));
      expect(lines.length).toBeGreaterThan(0);
      expect(new Set(lines).size).toBe(lines.length);
    });
  });

  describe("over a running app", () => {
    let site: Site;

    beforeAll(async () => {
      site = await world().site();
      await site.deploy({ version: "1.0" });
    });

    test("status tells what serves", async () => {
      const result = await site.operate("status");
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "ok" });
      expect(result.log.text).toContain((await site.current()) ?? "no release");
    });

    test("a backup needs host, key and path alone, and gets its label", async () => {
      const result = await site.operate("backup", { "backup-label": "before-audit" });
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 0,
        status: "backed-up",
      });
      expect(result.outputs["backup-id"]).toContain("before-audit");
      expect((await lstat(result.outputs["backup-path"] ?? "")).isDirectory()).toBe(true);
      const verified = await site.operate("verify-backup", {
        backup: result.outputs["backup-id"] ?? "",
      });
      expect(verdictOf(verified), verified.log.text).toMatchObject({
        exitCode: 0,
        status: "verified",
      });
    });

    test("a command of one time runs in the folder and environment of what serves", async () => {
      const command = 'echo "$BELAY_RELEASE on port $APP_PORT"\npwd\n';
      const result = await site.operate("run", { command });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "ran" });
      const port = new URL(site.url).port;
      expect(result.log.text).toContain(`${(await site.current()) ?? "?"} on port ${port}`);
      expect(result.log.text).toContain(join(site.path, "current"));
      const failed = await site.operate("run", { command: "exit 9\n" });
      expect(verdictOf(failed), failed.log.text).toMatchObject({ exitCode: 1, status: "failed" });
      expect(failed.outputs["exit-code"]).toBe("9");
      const elsewhere = await site.operate("run", { command: "true", service: "web" });
      expect(elsewhere.log.text).toContain("is not one of compose");
    });

    test("old backups of a label go, those of others stay", async () => {
      const keep = { "backup-keep": "nightly=1", "backup-label": "nightly" };
      const one = await site.operate("backup", keep);
      const two = await site.operate("backup", keep);
      expect(verdictOf(two), two.log.text).toMatchObject({ exitCode: 0 });
      const left = await readdir(join(site.path, "backups"));
      expect(left).toContain(two.outputs["backup-id"]);
      expect(left).not.toContain(one.outputs["backup-id"]);
      expect(left.some((id) => id.includes("before-audit"))).toBe(true);
    });

    test("a cancelled deploy is undone at once, and its post step says so", async () => {
      const running = await site.start(
        { version: "2.0" },
        { before: "sleep 30\n", "confirm-timeout": "60s" },
      );
      await stepStarted(site, "before");
      running.child.kill("SIGINT");
      const result = await running.done;
      const post = await running.post();
      expect(result.exitCode).not.toBe(0);
      expect(verdictOf(result), result.log.text).toMatchObject({ code: "cancelled" });
      expect(post.exitCode, post.log.text).toBe(0);
      await site.settled();
      expect(await site.serving()).toMatchObject({ status: 200, version: "1.0" });
    });

    test("a deploy whose process is killed while cancelled is finished by the post step", async () => {
      const running = await site.start(
        { version: "2.1" },
        { before: "sleep 30\n", "confirm-timeout": "60s" },
      );
      await stepStarted(site, "before");
      running.child.kill("SIGKILL");
      await running.done;
      const post = await running.post();
      expect(post.log.text).toMatch(/undone|serves/);
      await site.settled();
      expect(await site.serving()).toMatchObject({ status: 200, version: "1.0" });
    });

    test("with summary: false it leaves none, but the outputs", async () => {
      const result = await site.operate("status", { summary: "false" });
      expect(result.summary).toBe("");
      expect(reportOf(result).status).toBe("ok");
    });
  });
}
