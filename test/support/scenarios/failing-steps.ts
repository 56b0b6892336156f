import { beforeAll, describe, expect, test } from "vitest";
import type { AppRelease } from "../app-workspace.js";
import { errorsOf, reportOf, verdictOf } from "../report-of.js";
import type { Inputs, Site } from "../site.js";
import type { World } from "../world.js";
import { expectUntouched } from "./untouched.js";

interface Failure {
  readonly what: string;
  readonly release: Partial<AppRelease>;
  readonly inputs?: Inputs;
  readonly status: "failed" | "rolled-back";
  readonly step: string;
  readonly code: string;
  /** What the annotation must say. */
  readonly says: string;
}

const failures: readonly Failure[] = [
  {
    what: "build",
    release: { broken: "build-fails" },
    status: "failed",
    step: "build",
    code: "command-failed",
    says: "this release cannot be built",
  },
  {
    what: "before line",
    release: {},
    inputs: { before: "echo before says no >&2\nexit 7\n" },
    status: "rolled-back",
    step: "before",
    code: "command-failed",
    says: "before says no",
  },
  {
    what: "migration",
    release: { broken: "migrate-fails" },
    status: "rolled-back",
    step: "migrate",
    code: "command-failed",
    says: "no_such_table",
  },
  {
    what: "restart",
    release: { broken: "does-not-start" },
    status: "rolled-back",
    step: "activate",
    code: "command-failed",
    says: "kept its old workers",
  },
  {
    what: "gate",
    release: { broken: "answers-500" },
    inputs: { "health-timeout": "1s" },
    status: "rolled-back",
    step: "gate",
    code: "gate-timeout",
    says: "500",
  },
  {
    what: "observation",
    release: { broken: "fails-later", brokenAfterMs: 1200 },
    inputs: { "health-observe": "4s" },
    status: "rolled-back",
    step: "observe",
    code: "gate-failed",
    says: "500",
  },
  {
    what: "after line",
    release: {},
    inputs: { after: "echo after says no >&2\nexit 9\n" },
    status: "rolled-back",
    step: "after",
    code: "command-failed",
    says: "after says no",
  },
];

/** Every step of a deploy fails once; the release before goes on serving. */
export function failingSteps(world: () => World): void {
  describe("a failing step", () => {
    let site: Site;
    let good: string;

    beforeAll(async () => {
      site = await world().site();
      good = (await site.deploy({ version: "good" })).outputs["release"] ?? "";
    });

    test.each(failures)(
      "$what: the old release serves, and the error names it",
      async (failure) => {
        const { release, inputs = {}, status, step, code, says } = failure;
        const result = await site.deploy({ version: `bad ${failure.what}`, ...release }, inputs);
        expect(verdictOf(result), result.log.text).toEqual({
          exitCode: 1,
          status,
          failedStep: step,
          code,
        });
        expect(`${errorsOf(result)}\n${result.log.text}`).toContain(says);
        expect(reportOf(result).error?.remedy).not.toBe("");
        expect(reportOf(result).steps.find(({ name }) => name === step)?.status).toBe("failed");
        await expectUntouched(site, good);
      },
    );

    test("a backup that fails ends the deploy before anything has changed", async () => {
      await world().postgres.admin(
        `\\connect ${site.database.name}\ncreate schema hidden; create table hidden.secrets (x int);`,
      );
      const result = await site.deploy({ version: "bad backup" });
      expect(verdictOf(result), result.log.text).toEqual({
        exitCode: 1,
        status: "failed",
        failedStep: "backup",
        code: "backup-failed",
      });
      await world().postgres.admin(`\\connect ${site.database.name}\ndrop schema hidden cascade;`);
      await expectUntouched(site, good);
    });

    test("the next good deploy works", async () => {
      const result = await site.deploy({ version: "better" });
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      expect(await site.serving()).toMatchObject({ status: 200, version: "better" });
    });
  });
}
