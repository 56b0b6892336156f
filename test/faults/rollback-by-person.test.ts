import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSshdHost } from "../support/deploy-host.js";
import { expectNextDeploy, expectPromiseKept } from "../support/faults/aftermath.js";
import { siteUnderFault, type SiteUnderFault } from "../support/faults/site-under-fault.js";
import { history } from "../support/faults/told-history.js";
import { type ProgramResult, runProgram } from "../support/program.js";
import { verdictOf } from "../support/report-of.js";
import { stepStarted } from "../support/scenarios/step-started.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile({ startHost: startSshdHost });

describe("a person at the server, by ssh, during a deploy", () => {
  let under: SiteUnderFault;
  let folder: string;

  beforeAll(async () => {
    under = await siteUnderFault(world(), false);
    folder = await scratchFolder("person");
    const { hostKey, port, privateKey } = world().host;
    await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${String(port)} ${hostKey}\n`);
    await writeFile(join(folder, "key"), privateKey);
    await chmod(join(folder, "key"), 0o600);
  });

  afterAll(async () => {
    await under.stop();
    await removeFolder(folder);
  });

  function belay(words: string): Promise<ProgramResult> {
    const { port, user } = world().host;
    const known = `UserKnownHostsFile=${join(folder, "known_hosts")}`;
    const options = ["-F", "none", "-o", "BatchMode=yes", "-o", known, "-i", join(folder, "key")];
    const where = ["-p", String(port), `${user}@127.0.0.1`];
    return runProgram(["ssh", ...options, ...where, `${under.site.path}/.belay/belay ${words}`]);
  }

  test("`belay rollback` waits, says for whom, and then goes back from what was deployed", async () => {
    const { site } = under;
    const before = await history(site);
    const serving = await site.current();
    const running = await under.start({ before: "sleep 3\n" });
    await stepStarted(site, "before");
    const rollback = await belay("rollback");
    const result = await running.done;
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    const said = rollback.stdout + rollback.stderr;
    expect(said).toContain("waiting for the lock, held by ada, https://github.com/ada/climbing/");
    expect(rollback.code, said).toBe(0);
    expect(await site.current()).toBe(serving);
    const [deployed = "", back = "", ...more] = (await history(site)).slice(before.length);
    expect(more).toEqual([]);
    expect(deployed).toContain(` deploy ${result.outputs["release"] ?? ""} confirmed: `);
    expect(back).toContain(` rollback ${serving ?? ""} confirmed: ${serving ?? ""} serves`);
    expect(back).toContain(`; by ${world().host.user} at the server`);
    await expectPromiseKept(under);
    await expectNextDeploy(under);
  });

  test("`belay status` and `belay history` answer at once and name the deploy", async () => {
    const running = await under.start({ before: "sleep 3\n" });
    await stepStarted(under.site, "before");
    const [status, told] = [await belay("status"), await belay("history")];
    expect(status.code, status.stderr).toBe(0);
    expect(status.stdout).toMatch(/^phase: deploy open .* ada, https:\/\/github\.com\//m);
    expect(told.code, told.stderr).toBe(0);
    expect((await running.done).exitCode).toBe(0);
    await expectNextDeploy(under);
  });
});
