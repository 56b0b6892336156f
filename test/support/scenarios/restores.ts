import { beforeAll, describe, expect, test } from "vitest";
import { verdictOf } from "../report-of.js";
import type { Site } from "../site.js";
import type { World } from "../world.js";

/** Backups that come back, through the action. */
export function restores(world: () => World): void {
  describe("a restore", () => {
    let site: Site;
    beforeAll(async () => {
      site = await world().site();
      await world().postgres.admin(`alter role ${site.database.user} createdb`);
      await site.deploy({ version: "1.0" });
      await site.database.query("create table notes as select generate_series(1, 500) as id");
      const backup = await site.operate("backup");
      expect(verdictOf(backup), backup.log.text).toMatchObject({ status: "backed-up" });
    });
    const notes = () => site.database.query("select count(*) from notes");

    test("brings the data of the latest backup back, gates the app and says how long it took", async () => {
      await site.database.query("delete from notes");
      const result = await site.operate("restore");
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "restored" });
      expect(await notes()).toBe("500");
      expect(await site.serving()).toMatchObject({ version: "1.0" });
      expect(result.outputs["backup-id"]).toMatch(/-manual$/);
      expect(result.outputs["report"]).toContain("recovery time");
      await site.settled();
    });

    test("that the app does not bear leaves the data as they were", async () => {
      await site.database.query("insert into notes values (501)");
      const result = await site.operate("restore", {
        "health-url": `${site.url}/nowhere`,
        "health-timeout": "1s",
      });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 1, status: "failed" });
      expect(await notes()).toBe("501");
      expect(await site.serving()).toMatchObject({ version: "1.0" });
      const left = `select count(*) from pg_database where datname ~ '^belay_.*_new$'`;
      expect(await world().postgres.admin(left)).toBe("0");
    });

    test("takes part in a failed deploy that has changed the schema, where that was asked for", async () => {
      const before = await notes();
      const result = await site.deploy(
        { version: "2.0", migrations: 2, broken: "answers-500" },
        { "rollback-database": "restore", migrations: "forward-only" },
      );
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        status: "rolled-back",
      });
      expect(await notes()).toBe(before);
      expect(await site.database.query("select count(*) from schema_migrations")).toBe("1");
      expect(await site.serving()).toMatchObject({ version: "1.0" });
    });
  });
}
