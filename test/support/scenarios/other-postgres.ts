import { describe, expect, test } from "vitest";
import { errorsOf, verdictOf } from "../report-of.js";
import type { World } from "../world.js";

/** A server whose PostgreSQL is newer than the pg_dump beside it. */
export function olderPostgresTools(world: () => World): void {
  describe("with a pg_dump older than the database", () => {
    test("a deploy is refused before anything is touched, naming the package to install", async () => {
      const site = await world().site();
      const result = await site.deploy({ version: "1.0" });
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        code: "tool-too-old",
      });
      expect(`${errorsOf(result)}\n${result.log.text}`).toContain("postgresql-client-16");
      expect(await site.current()).toBeUndefined();
    });
  });
}

/** A server whose database and tools are of the same, newer version. */
export function newerPostgres(world: () => World): void {
  describe("with database and pg_dump of a newer version", () => {
    test("a deploy, its backup and the verification of that work", async () => {
      const site = await world().site();
      for (const version of ["1.0", "2.0"]) {
        const result = await site.deploy({ version });
        expect(verdictOf(result), result.log.text).toMatchObject({
          exitCode: 0,
          status: "deployed",
        });
      }
      const verified = await site.operate("verify-backup");
      expect(verdictOf(verified), verified.log.text).toMatchObject({
        exitCode: 0,
        status: "verified",
      });
    });
  });
}
