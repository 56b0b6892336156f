import { once } from "node:events";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chaos } from "../chaos.js";
import { hostileLine, hostileWord, trap } from "../hostile.js";
import { verdictOf } from "../report-of.js";
import { runAction } from "../run-action.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { connectionInputs } from "../site.js";
import type { World } from "../world.js";
import { carried, deployCarried, runnerPath } from "./hostile-deploy.js";

/** Inputs that are words, numbers or names: whatever is not one is refused. */
const strict = [
  "operation",
  "host",
  "port",
  "host-fingerprint",
  "host-key-check",
  "jump-host",
  "connect-timeout",
  "connect-retries",
  "source",
  "strategy",
  "shell",
  "keep-releases",
  "migrations",
  "migrations-table",
  "backup",
  "backup-label",
  "backup-keep",
  "backup-verify",
  "backup-compression",
  "health-url",
  "health-timeout",
  "health-interval",
  "health-successes",
  "health-observe",
  "health-required",
  "release",
  "rollback-env",
  "across-migrations",
  "allow-older",
  "force",
  "dry-run",
  "lock-timeout",
  "confirm-timeout",
  "database-url",
  "env",
] as const;

/** Hostile text in every text input: what is text arrives as it is, what is not is refused, nothing runs. */
export function hostileInputs(world: () => World): void {
  describe("hostile inputs", () => {
    let folder: string;
    let health: Server;
    let answer = "";

    beforeAll(async () => {
      folder = await scratchFolder("hostile");
      await mkdir(join(folder, "bin"));
      await mkdir(join(folder, "ran"));
      await chmod(join(folder, "ran"), 0o777);
      // On both sides the first of PATH: on the server by the home's own folder.
      for (const bin of [join(folder, "bin"), join(world().host.home.path, "bin")]) {
        await writeFile(join(bin, trap), `#!/bin/sh\n: >'${join(folder, "ran")}'/$$\n`);
        await chmod(join(bin, trap), 0o755);
      }
      health = createServer((_, response) => response.end(answer));
      health.listen(0, "127.0.0.1");
      await once(health, "listening");
    });

    afterAll(async () => {
      health.close();
      await removeFolder(folder);
    });

    const trapped = (): Promise<string[]> => readdir(join(folder, "ran"));

    test("the trap works where a text is run", async () => {
      await world().host.run(["sh", "-c", trap]);
      expect(await trapped()).toHaveLength(1);
      await removeFolder(join(folder, "ran"));
      await mkdir(join(folder, "ran"), { mode: 0o777 });
      await chmod(join(folder, "ran"), 0o777);
    });

    test("that are text arrive as they are, and nothing of them runs (8 deploys of 18 fields)", async () => {
      const { seed } = chaos("hostile texts");
      const property = fc.asyncProperty(carried, async (texts) => {
        answer = `<${texts.expect}>`;
        const address = health.address();
        const port = address !== null && typeof address === "object" ? address.port : 0;
        await deployCarried(world(), texts, folder, `http://127.0.0.1:${String(port)}/`);
        expect(await trapped()).toEqual([]);
      });
      await fc.assert(property, { seed, numRuns: 8, endOnFailure: true });
    }, 180_000);

    test("that say who logs in are refused, and nothing of them runs (3 runs of 3)", async () => {
      const { seed } = chaos("hostile logins");
      const login = fc.record({
        username: hostileLine,
        passphrase: hostileLine,
        password: hostileLine,
      });
      const property = fc.asyncProperty(login, async (hostile) => {
        const inputs = {
          ...connectionInputs(world().host, "/srv/app"),
          ...hostile,
          operation: "status",
        };
        const result = await runAction({ inputs, workspace: folder, facts: runnerPath(folder) });
        expect(result.exitCode, result.log.text).toBe(1);
        expect(["config", "auth-refused"]).toContain(verdictOf(result).code);
        expect(await trapped()).toEqual([]);
      });
      await fc.assert(property, { seed, numRuns: 3, endOnFailure: true });
    });

    test("that should be words or numbers are refused together, and nothing of them runs (2 runs of 35)", async () => {
      const { seed } = chaos("hostile words");
      const words = fc.tuple(...strict.map(() => hostileWord));
      const workspace = join(folder, "empty");
      await mkdir(workspace);
      const property = fc.asyncProperty(words, async (values) => {
        const accepted = await world().host.accepted();
        const bad = Object.fromEntries(strict.map((name, at) => [name, values[at] ?? ""]));
        const inputs = { ...connectionInputs(world().host, "/srv/app"), ...bad };
        const result = await runAction({ inputs, workspace, facts: runnerPath(folder) });
        expect(verdictOf(result), result.log.text).toMatchObject({
          exitCode: 1,
          status: "failed",
          code: "config",
        });
        const named = strict.filter(
          (name) => !`${result.log.text}\n${result.summary}`.includes(name),
        );
        expect(named).toEqual([]);
        expect(await world().host.accepted()).toBe(accepted);
        expect(await trapped()).toEqual([]);
      });
      await fc.assert(property, { seed, numRuns: 2, endOnFailure: true });
    });
  });
}
