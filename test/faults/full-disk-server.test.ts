import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { PlanFields } from "../../src/server/plan.js";
import { BelayServer, shells, tarOfFiles } from "../support/belay-server.js";
import { exportStatements } from "../support/database.js";
import { faultCount } from "../support/fault-count.js";
import { makeDeployUser, type DeployUser } from "../support/deploy-user.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.js";

const restart = 'echo "$BELAY_RELEASE" >>"$HOME/restarted"';

/** What can be used up, and how little of it is there. */
const kinds = [
  { kind: "blocks", disk: { megabytes: 64 } },
  { kind: "inodes", disk: { megabytes: 64, files: 2500 } },
] as const;
const all = shells.flatMap((shell) => kinds.map((one) => ({ shell, ...one })));
/** Those of the first shell in the reduced count: all of them take longer than it has room for. */
const cases = all.slice(0, faultCount({ few: kinds.length, full: all.length }));

describe.each(cases)(
  "no $kind left for a user that is not root, under $shell",
  ({ shell, kind, disk: options }) => {
    let user: DeployUser;
    let postgres: Postgres;
    let disk: SmallDisk;
    let server: BelayServer;
    let first: string;
    beforeAll(async () => {
      user = await makeDeployUser();
      postgres = await startPostgres();
      await postgres.query(
        "create table items (id int, name text); insert into items select n, md5(n::text) from generate_series(1, 20000) n",
      );
    });
    afterAll(async () => {
      await postgres.stop();
      await user.remove();
    });
    beforeEach(async () => {
      disk = await mountSmallDisk(options);
      vi.stubEnv("TMPDIR", disk.path);
      server = await BelayServer.start(shell, {}, user);
      vi.unstubAllEnvs();
      first = await server.deploy("one", fields());
    });
    afterEach(async () => {
      vi.unstubAllEnvs();
      await disk.empty();
      await server.stop();
      await disk.unmount();
    });

    const fields = (more: PlanFields = {}): PlanFields => ({
      "databases/1/env": exportStatements(postgres.env()),
      "backup-compression": "none",
      "confirm-timeout": "4",
      restart,
      ...more,
    });
    const useUp = (): Promise<void> => (kind === "blocks" ? disk.fill(0) : disk.fillInodes());
    const files = { "app.txt": "two", big: "x".repeat(300_000) };

    const faults = {
      "the upload": async () => {
        await begun();
        await server.call(["step", "two", "prepare", "0"]);
        await useUp();
        return server.call(
          ["receive", "two", "receive-1", "plain"],
          tarOfFiles(files, Object.keys(files)),
        );
      },
      "the backup": async () => {
        await server.upload("two", fields(), files);
        await useUp();
        return server.call(["step", "two", "backup", "0"]);
      },
      "the build": async () => {
        await server.upload("two", fields({ build: "cp big bigger" }), files);
        await useUp();
        return server.call(["step", "two", "build", "0"]);
      },
      "the switch": async () => {
        await server.upload("two", fields(), files);
        await useUp();
        return server.call(["step", "two", "activate", "0"]);
      },
    } as const;
    const begun = () => server.begin("two", fields(), files);

    it.each(Object.entries(faults))(
      "in %s: it fails with the remedy, is undone in spite of it, and the next deploy works once there is room",
      async (_, fault) => {
        const attendance = attendSoon();
        try {
          const started = performance.now();
          const failed = await fault();
          // Nobody waits for a step that could not even be registered.
          expect(performance.now() - started).toBeLessThan(20_000);
          expect(failed.first("code"), failed.text).not.toBe("0");
          expect(failed.all("finding")[0], failed.text).toEqual([
            "error",
            "disk-full",
            expect.stringContaining("is full"),
            expect.stringMatching(/free some space there .*keep-releases/),
          ]);
          const undo = await server.call(["undo", "two"], "the disk is full\n");
          expect(undo.all("outcome"), undo.text).toEqual([
            ["undone", `the disk is full; ${first} serves`],
          ]);
        } finally {
          attendance.stop();
        }
        await expectNothingLeft();
      },
    );

    it("in the undo: the link and the restart lines of the old release need nothing that is not kept back", async () => {
      await server.upload("two", fields(), files);
      await server.steps("two", "activate");
      await useUp();
      const undo = await server.call(["undo", "two"], "the gate did not open\n");
      expect(undo.first("outcome"), undo.text).toBe("undone");
      await expectNothingLeft();
    });

    it("the beats go on, and the guardian does not take a full disk for a lost runner", async () => {
      await server.upload("two", fields(), files);
      const attendance = server.attend("two");
      await useUp();
      await sleep(8000);
      expect(server.read(".belay/phase")).toContain("phase open\n");
      await disk.empty();
      await server.steps("two", "activate");
      expect((await server.call(["confirm", "two"])).code).toBe(0);
      attendance.stop();
    });

    it("with nobody there any more, the guardian undoes all the same", async () => {
      await server.upload("two", fields(), files);
      await server.steps("two", "backup", "activate");
      await useUp();
      for (let waited = 0; server.exists(".belay/phase") && waited < 60; waited += 1)
        await sleep(500);
      expect(server.outcomes().at(-1)).toBe("two.undone");
      await expectNothingLeft();
    });

    /** Beats for the deploy from when it has begun. */
    function attendSoon(): { stop(): void } {
      let stop = (): void => undefined;
      const timer = setInterval(() => {
        if (!server.exists(".belay/phase") || !server.read(".belay/phase").includes("\nguardian "))
          return;
        clearInterval(timer);
        const attendance = server.attend("two");
        stop = () => {
          attendance.stop();
        };
      }, 50);
      return {
        stop: () => {
          clearInterval(timer);
          stop();
        },
      };
    }

    async function expectNothingLeft(): Promise<void> {
      expect(server.current()).toBe(first);
      expect(server.outcomes().at(-1)).toBe("two.undone");
      await disk.empty();
      expect(
        server.exists("backups")
          ? readdirSync(join(server.path, "backups")).filter((name) => name.endsWith(".partial"))
          : [],
      ).toEqual([]);
      const next = await server.deploy("next", fields({ "confirm-timeout": "60" }), {
        "app.txt": "next",
      });
      expect(server.current()).toBe(next);
      expect(readdirSync(join(server.path, "releases")).sort()).toEqual([first, next].sort());
    }
  },
);
