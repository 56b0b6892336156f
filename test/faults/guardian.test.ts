import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSshdHost } from "../support/deploy-host.js";
import { expectNextDeploy, expectPromiseKept } from "../support/faults/aftermath.js";
import { guardianOf } from "../support/faults/open-record.js";
import { siteUnderFault, type SiteUnderFault } from "../support/faults/site-under-fault.js";
import { expectTold, history } from "../support/faults/told-history.js";
import { reportOf, verdictOf } from "../support/report-of.js";
import { stepStarted } from "../support/scenarios/step-started.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile({ startHost: startSshdHost });

describe("the guardian alone killed while the runner lives", () => {
  let under: SiteUnderFault;

  beforeAll(async () => {
    under = await siteUnderFault(world(), true);
  });

  afterAll(() => under.stop());

  test.each([
    { step: "build", outcome: "undone" },
    { step: "before", outcome: "undone" },
    { step: "migrate", outcome: "undone" },
    // The migrated and healthy release is what the server may leave on.
    { step: "after", outcome: "unconfirmed" },
  ])(
    "in step $step: another takes over, the runner is told, and it ends as $outcome",
    async ({ step, outcome }) => {
      const { site } = under;
      const before = await history(site);
      const lines = `sleep 3\n${step === "build" ? "sh build.sh" : step === "migrate" ? "sh migrate.sh" : ""}\n`;
      const running = await under.start({ [step]: lines });
      await stepStarted(site, step);
      process.kill(await guardianOf(site), "SIGKILL");
      const result = await running.done;
      await expectPromiseKept(under);
      const told = await expectTold(
        site,
        before,
        /the process that watched over it on the server was killed/,
      );
      expect(told).toContain(` ${outcome}: `);
      expect(told).toContain(`last step: ${step}`);
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        code: "connection-lost",
      });
      expect(reportOf(result).error?.message).toContain(
        `the server has ended this operation as ${outcome}: the process that watched over it`,
      );
      await expectNextDeploy(under);
    },
  );
});
