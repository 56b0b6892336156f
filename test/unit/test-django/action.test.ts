import { describe, expect, it } from "vitest";
import { act } from "../../../src/checks/act.js";
import { testDjango } from "../../../src/test-django/action.js";
import { readInputs } from "../../../src/test-django/inputs.js";
import { InputReader } from "../../../src/kit/inputs.js";
import { type FakeChecksPlatform, fakeChecksPlatform } from "../../support/checks-platform.js";

async function ran(inputs: Readonly<Record<string, string>>): Promise<FakeChecksPlatform> {
  const fake = fakeChecksPlatform(inputs);
  await act(testDjango, fake.platform);
  return fake;
}

describe("test-django", () => {
  it("refuses a folder without manage.py before anything is loaded or started", async () => {
    const { log, outputs } = await ran({});
    expect(log.of("error")[0]).toMatch(/there is no folder `\.`|no manage\.py/);
    expect(outputs).toMatchObject({ status: "failed", tests: "0", "cache-hit": "none" });
  });

  it.each([
    [{ checks: "system,lint" }, '`checks` is "lint"'],
    [{ settings: "config/settings.py" }, "`settings`"],
    [{ parallel: "many" }, "`parallel`"],
    [{ install: "conda" }, "`install`"],
    [{ "deploy-fail-level": "error" }, "`deploy-fail-level`"],
  ])("refuses %o by name", async (inputs, message) => {
    expect((await ran(inputs)).log.of("error")[0]).toContain(message);
  });

  it("runs the checks in their order, whatever order they are named in", () => {
    const raw: Readonly<Record<string, string>> = { checks: "tests, system\nmigrations" };
    const { checks } = readInputs(
      new InputReader(
        (name) => raw[name] ?? "",
        () => undefined,
      ),
      () => undefined,
    );
    expect(checks).toEqual(["system", "migrations", "tests"]);
  });
});
