import { describe, expect, it } from "vitest";
import type { BelayError } from "../../../src/kit/errors.js";
import { parseInputs } from "../../support/raw-inputs.js";

function problems(over: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseInputs(over);
  } catch (failure) {
    const error = failure as BelayError;
    expect(error.code).toBe("config");
    return [error, ...error.also].map(({ message }) => message);
  }
  return [];
}

describe("readInputs", () => {
  it("needs host, key and path alone, and fills in the defaults", () => {
    expect(parseInputs()).toMatchObject({
      operation: "deploy",
      path: "/srv/app",
      rollbackOnFailure: true,
      allowOlder: false,
      dryRun: false,
      summary: true,
      lockTimeoutMs: 600_000,
      confirmTimeoutMs: 120_000,
      release: {
        source: "upload",
        files: [],
        keepReleases: 5,
        migrations: "compatible",
        shell: "",
      },
      backup: {
        contents: { databases: [] },
        verify: "read",
        compression: "auto",
        backup: "latest",
      },
    });
  });

  it("reports all bad inputs together, each with its name, value and an example", () => {
    const found = problems({
      path: "relative",
      "keep-releases": "0",
      operation: "deplyo",
      "dry-run": "yes",
      "confirm-timeout": "1s",
    });
    expect(found).toHaveLength(5);
    expect(found.join("\n")).toMatch(
      /`path` is "relative"[^]*`keep-releases`|`keep-releases`[^]*`path`/,
    );
    expect(found.join("\n")).toContain('`operation` is "deplyo"');
  });

  it.each(["/", "~", "~/", "relative", "/srv/../etc", "/srv/a\tb", "/.", "~user/app"])(
    "refuses the path %j",
    (path) => {
      expect(problems({ path }).join()).toContain("`path`");
    },
  );

  it.each([
    ["/srv/app/", "/srv/app"],
    ["~/app", "~/app"],
    ["/srv/my app/$(id)'!\"", "/srv/my app/$(id)'!\""],
  ])("takes the path %s", (path, expected) => {
    expect(parseInputs({ path }).path).toBe(expected);
  });

  it.each(["/etc", "../x", "a/../b", "~/x", ".", "./"])("refuses the shared path %j", (shared) => {
    expect(problems({ "shared-paths": shared }).join()).toContain("`shared-paths`");
  });

  it("takes shell lines as they are", () => {
    const lines = "echo 'a'   # comment\n\n  for x in *; do\n    echo \"$x\"\n  done";
    expect(parseInputs({ migrate: `${lines}\n\n` }).release.migrate).toBe(lines);
  });

  it("refuses a shell that is more than words", () => {
    expect(problems({ shell: "bash -c 'x'; rm" }).join()).toContain("`shell`");
    expect(parseInputs({ shell: "bash -euo pipefail" }).release.shell).toBe("bash -euo pipefail");
  });

  it("keeps the counts of labels that are not named, and a lone number means all", () => {
    expect(
      Object.fromEntries(parseInputs({ "backup-keep": "daily=14\nweekly=4" }).backup.keep),
    ).toEqual({ deploy: 3, daily: 14, manual: 3, weekly: 4 });
    expect(Object.fromEntries(parseInputs({ "backup-keep": "9" }).backup.keep)).toEqual({
      deploy: 9,
      daily: 9,
      manual: 9,
    });
    expect(problems({ "backup-keep": "daily=many" }).join()).toContain('"daily=many"');
  });

  it("masks every secret by itself: keys, passwords, also inside a database URL, and each value of env", () => {
    const masked: string[] = [];
    parseInputs(
      {
        password: "login secret",
        passphrase: "the phrase",
        "database-url": "postgres://app:p%40ss%20word@h/one\npostgres://app:another@h/two",
        env: 'TOKEN=abcdef\nPEM="line one\nline two"',
      },
      masked,
    );
    for (const secret of [
      "login secret",
      "the phrase",
      "p@ss word",
      "another",
      "abcdef",
      "line one",
      "line two",
    ]) {
      expect(masked).toContain(secret);
    }
  });

  it("names the line of a bad database URL, and shows nothing of it", () => {
    const found = problems({
      "database-url": "postgres://u:hunter2@h/d\nmysql://u:hunter3@h/d",
    }).join();
    expect(found).toContain("line 2");
    expect(found).not.toContain("hunter");
  });

  it("refuses a deploy that nobody gates where that is required, and lets a rollback be", () => {
    expect(problems({ "health-required": "true" }).join()).toContain("`health-url`");
    expect(problems({ "health-required": "true", operation: "rollback" })).toEqual([]);
    const checks = { "health-checks": "- tcp: app.example:443" };
    expect(problems({ "health-required": "true", ...checks })).toEqual([]);
  });

  it("takes an expected text alone for what is not a deploy: the address is the recorded one", () => {
    expect(problems({ "health-expect": "abc", operation: "rollback" })).toEqual([]);
    expect(problems({ "health-expect": "abc" }).join()).toContain("`health-url`");
  });
});
