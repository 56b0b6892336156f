import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { reportFilesCheck } from "../../../src/checks/report-files.js";
import type { CheckOutcome } from "../../../src/checks/result.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "belay-reports-"));
  await mkdir(join(folder, "out dir"));
});
afterEach(() => rm(folder, { recursive: true }));

const look = (...patterns: readonly string[]): Promise<CheckOutcome> =>
  reportFilesCheck(patterns, folder).run(AbortSignal.any([]), () => undefined);

it("gives the tests of all files that fit", async () => {
  const report = (name: string, inside = ""): string =>
    `<testsuite><testcase name="${name}">${inside}</testcase></testsuite>`;
  await writeFile(join(folder, "out dir/a.xml"), report("works"));
  await writeFile(join(folder, "b.xml"), report("fails", `<failure message="1 != 2"/>`));
  const outcome = await look("**/*.xml");
  expect(outcome).toMatchObject({ status: "failed", reason: "1 of 2 tests failed" });
  expect(outcome.findings).toMatchObject([{ message: "fails: 1 != 2" }]);
});

it("fails for a file that was cut short, and where none fits", async () => {
  await writeFile(join(folder, "a.xml"), "<testsuite><testcase");
  const outcome = await look("*.xml");
  expect(outcome).toMatchObject({ status: "failed", reason: "1 report files cannot be read" });
  expect(outcome.findings).toEqual([
    { level: "error", message: "a.xml is no JUnit report, or was cut short" },
  ]);
  expect((await look("*.none")).reason).toBe("no file fits `results`: nothing wrote the reports");
});

it("leaves out what installed packages brought along", async () => {
  for (const place of ["web/node_modules/one", ".venv/lib"]) {
    await mkdir(join(folder, place), { recursive: true });
    await writeFile(join(folder, place, "a.xml"), "<testsuite><testcase");
  }
  await writeFile(join(folder, "b.xml"), '<testsuite><testcase name="works"/></testsuite>');
  expect(await look("**/*.xml")).toMatchObject({ status: "passed", tests: [{ name: "works" }] });
});
