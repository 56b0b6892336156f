import { describe, expect, it } from "vitest";
import { deployFields, otherFields, type Run } from "../../../src/ssh-deploy-with-backup/plan.js";
import { parseInputs } from "../../support/raw-inputs.js";

const run: Run = {
  sha: "a".repeat(40),
  ref: "refs/heads/main",
  actor: "alice",
  url: "https://github.com/o/r/actions/runs/7",
  id: "7",
  repository: "o/r",
  workspace: "/work",
};
const file = { type: "f", mode: 0o644, size: 3, sha256: "ab", path: "x" } as const;

describe("the plan of a deploy", () => {
  it("records all that a later rollback needs, quoted for the shell", () => {
    const inputs = parseInputs({
      env: "A=it's\nB=$(id)",
      "database-url": "postgres://u:p@h/one",
      "shared-paths": ".env\nuploads/",
      restart: "systemctl restart app",
      "confirm-timeout": "2500ms",
    });
    expect(deployFields(inputs, run, [file])).toMatchObject({
      sha: run.sha,
      "run-id": "7",
      source: "upload",
      files: "f\t644\t3\tab\tx\n",
      env: "export A='it'\\''s'\nexport B='$(id)'\n",
      "databases/1/env":
        "export PGHOST='h'\nexport PGUSER='u'\nexport PGPASSWORD='p'\nexport PGDATABASE='one'\n",
      "shared-paths": ".env\nuploads/\n",
      restart: "systemctl restart app",
      "confirm-timeout": "3",
      "backup-label": "deploy",
      "backup-keep": "deploy=3\ndaily=7\nmanual=3\n",
      "upload-bytes": "3",
    });
  });

  it.each([
    ["the files", {}, [{ ...file, sha256: "cd" }]],
    ["an executable bit", {}, [{ ...file, mode: 0o755 }]],
    ["env", { env: "A=1" }, [file]],
    ["build", { build: "make" }, [file]],
    ["restart", { restart: "x" }, [file]],
    ["a hook", { after: "x" }, [file]],
    ["shared paths", { "shared-paths": "x" }, [file]],
    ["the shell", { shell: "sh -e" }, [file]],
  ])("has another digest when %s differ", (_, over: Readonly<Record<string, string>>, manifest) => {
    const digest = deployFields(parseInputs(), run, [file])["digest"];
    expect(deployFields(parseInputs(over), run, manifest)["digest"]).not.toBe(digest);
  });

  it("has the same digest for another commit, run, gate or backup of the same content", () => {
    const digest = deployFields(parseInputs(), run, [file])["digest"];
    const over = {
      "health-url": "https://app.example.com",
      "backup-label": "x",
      "keep-releases": "9",
    };
    expect(
      deployFields(parseInputs(over), { ...run, sha: "b".repeat(40), id: "8" }, [file])["digest"],
    ).toBe(digest);
  });
});

describe("the plan of another operation", () => {
  it("leaves to the recorded release what is empty or stands at its default", () => {
    const fields = otherFields(
      parseInputs({ operation: "rollback", "keep-releases": "5", "confirm-timeout": "2m" }),
      run,
    );
    expect(Object.keys(fields).sort()).toEqual(
      [
        "across-migrations",
        "actor",
        "backup",
        "backup-label",
        "ref",
        "repository",
        "rollback-env",
        "run-id",
        "run-url",
        "sha",
      ].sort(),
    );
  });

  it("hands on what is given", () => {
    const over = {
      operation: "rollback",
      release: "r1",
      "confirm-timeout": "5s",
      "health-url": "https://a.example",
      "database-url": "postgres://h/d",
    };
    expect(otherFields(parseInputs(over), run)).toMatchObject({
      release: "r1",
      "confirm-timeout": "5",
      "health-url": "https://a.example",
      "databases/1/env": "export PGHOST='h'\nexport PGDATABASE='d'\n",
    });
  });

  it("counts a backup made by hand as such", () => {
    expect(otherFields(parseInputs({ operation: "backup" }), run)["backup-label"]).toBe("manual");
    expect(
      otherFields(parseInputs({ operation: "backup", "backup-label": "daily" }), run)[
        "backup-label"
      ],
    ).toBe("daily");
  });
});
