import { describe, expect, it } from "vitest";
import type { BelayError } from "../../../src/kit/errors.js";
import { otherFields, type Run } from "../../../src/ssh-deploy-with-backup/plan.js";
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

function problem(over: Readonly<Record<string, string>>): string {
  try {
    parseInputs(over);
  } catch (failure) {
    return (failure as BelayError).message;
  }
  return "";
}

describe("what is backed up", () => {
  it("reaches the server as files that its shell reads back, passwords in none but the login's own", () => {
    const fields = otherFields(
      parseInputs({
        operation: "backup",
        "database-service": "postgres",
        "database-name": "app's",
        "redis-url": "redis://:it's@localhost:6379",
        "media-path": "/srv/media/",
        "config-paths": ".env\n/etc/app.conf",
        "backup-keep-files": "2",
        "backup-verify": "restore",
      }),
      run,
    );
    expect(fields).toMatchObject({
      "databases/1/env": "export PGDATABASE='app'\\''s'\nexport PGUSER='postgres'\n",
      "databases/1/service": "postgres",
      "redis/env":
        "export REDIS_HOST='localhost'\nexport REDIS_PORT='6379'\nexport REDISCLI_AUTH='it'\\''s'\n",
      "media-path": "/srv/media",
      "config-paths": ".env\n/etc/app.conf\n",
      "backup-keep-files": "2",
      "backup-verify": "restore",
      "backup-label": "manual",
    });
  });

  it("tells a restore what comes back, and its safety backup by a label of its own", () => {
    const fields = otherFields(
      parseInputs({
        operation: "restore",
        contents: "database\nredis",
        stop: "systemctl --user stop app",
        "pgbouncer-url": "postgresql://admin:secret@localhost:6432/pgbouncer",
        "keep-old-database": "1h",
      }),
      run,
    );
    expect(fields).toMatchObject({
      contents: "database\nredis\n",
      stop: "systemctl --user stop app",
      "keep-old-database": "3600",
      "backup-label": "safety",
      backup: "latest",
    });
    expect(fields["pgbouncer/env"]).toContain("export PGPASSWORD='secret'");
  });

  it.each([
    [{ "database-service": "postgres" }, "`database-service`"],
    [{ "database-name": "app" }, "`database-service`"],
    [{ "redis-url": "localhost:6379" }, "`redis-url`"],
    [{ "media-path": "/srv/../etc" }, "`media-path`"],
    [{ "config-paths": "-rf" }, "`config-paths`"],
    [{ contents: "databse" }, "`contents`"],
    [{ "pgbouncer-url": "localhost" }, "`pgbouncer-url`"],
    [{ "backup-keep-files": "0" }, "`backup-keep-files`"],
    [{ "rollback-database": "yes" }, "`rollback-database`"],
  ])("refuses %o", (over, name) => {
    expect(problem(over)).toContain(name);
  });

  it("never quotes a URL that it cannot read", () => {
    expect(problem({ "redis-url": "redis://:s3cret@h:port" })).not.toContain("s3cret");
    expect(problem({ "pgbouncer-url": "s3cret" })).not.toContain("s3cret");
  });
});
