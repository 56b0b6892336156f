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
        "health-url": `${site.url}/health`,
        "health-expect": "what it never says",
        "health-timeout": "1s",
        "health-interval": "100ms",
      });
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        code: expect.stringMatching(/^gate-/) as string,
      });
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

    test("of an older schema under a newer app is undone, and the way that the warning names leads there", async () => {
      const older = (await site.operate("backup")).outputs["backup-id"] ?? "";
      const first = (await site.current()) ?? "";
      const newer = await site.deploy({ version: "3.0", migrations: 2 });
      expect(verdictOf(newer), newer.log.text).toMatchObject({ status: "deployed" });
      await site.database.query("insert into notes values (502)");
      const now = await notes();
      const gated = {
        backup: older,
        "health-url": `${site.url}/health`,
        "health-timeout": "3s",
        "health-interval": "100ms",
      };
      const refused = await site.operate("restore", gated);
      expect(verdictOf(refused), refused.log.text).toMatchObject({ exitCode: 1, status: "failed" });
      expect(refused.log.text).toContain(
        `roll back to ${first} with across-migrations: true first`,
      );
      expect([await notes(), await prices()]).toEqual([now, "1"]);
      expect(await site.serving()).toMatchObject({ version: "3.0" });
      const back = await site.operate("rollback", { "across-migrations": "true" });
      expect(verdictOf(back), back.log.text).toMatchObject({ status: "rolled-back" });
      const restored = await site.operate("restore", gated);
      expect(verdictOf(restored), restored.log.text).toMatchObject({ status: "restored" });
      expect([Number(await notes()), await prices()]).toEqual([Number(now) - 1, "0"]);
      expect(await site.serving()).toMatchObject({ version: "1.0" });
    });
    const prices = () =>
      site.database.query(
        "select count(*) from information_schema.columns where table_name = 'items' and column_name = 'price'",
      );
  });
}
