import { describe, expect, it } from "vitest";
import { type DatabaseAddress, parseDatabaseUrl } from "../../../src/commands/postgres.js";

function variables(url: string): Readonly<Record<string, string>> {
  const read = parseDatabaseUrl(url);
  if ("problem" in read) throw new Error(read.problem);
  return Object.fromEntries(read.variables.map(({ name, value }) => [name, value]));
}

describe("parseDatabaseUrl", () => {
  it.each(["postgres", "postgresql", "postgresql+psycopg2", "POSTGRES"])(
    "reads the parts of a %s:// URL",
    (scheme) => {
      expect(variables(`${scheme}://app:secret@db.example.com:5433/shop`)).toEqual({
        PGHOST: "db.example.com",
        PGPORT: "5433",
        PGUSER: "app",
        PGPASSWORD: "secret",
        PGDATABASE: "shop",
      });
    },
  );

  it("decodes what is percent-encoded, and tells the password for masking", () => {
    const read = parseDatabaseUrl("postgres://us%40er:p%2Fa%3As%25s@h/my%20db") as DatabaseAddress;
    expect(read.password).toBe("p/a:s%s");
    expect(variables("postgres://us%40er:p%2Fa%3As%25s@h/my%20db")).toMatchObject({
      PGUSER: "us@er",
      PGDATABASE: "my db",
    });
  });

  it.each([
    ["postgres://[::1]:5433/shop", { PGHOST: "::1", PGPORT: "5433" }],
    ["postgres:///shop?host=/var/run/postgresql", { PGHOST: "/var/run/postgresql" }],
    ["postgres://%2Fvar%2Frun%2Fpostgresql/shop", { PGHOST: "/var/run/postgresql" }],
    ["postgres://a:1,b:2/shop", { PGHOST: "a,b", PGPORT: "1,2" }],
    ["postgres://app@/shop", { PGUSER: "app" }],
  ])("finds the server of %s", (url, expected) => {
    expect(variables(url)).toEqual({ ...expected, PGDATABASE: "shop" });
  });

  it("hands libpq's parameters on as variables", () => {
    const url =
      "postgres://h/shop?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&options=-c%20search_path%3Dx&connect_timeout=5";
    expect(variables(url)).toMatchObject({
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/etc/ca.pem",
      PGOPTIONS: "-c search_path=x",
      PGCONNECT_TIMEOUT: "5",
    });
  });

  it("leaves Prisma's parameters out, and names the unknown ones", () => {
    const read = parseDatabaseUrl(
      "postgres://h/shop?schema=public&pgbouncer=true&connection_limit=1&colour=red&constructor=1",
    );
    expect(read).toMatchObject({
      ignored: ["colour", "constructor"],
      variables: [{ name: "PGHOST" }, { name: "PGDATABASE" }],
    });
  });

  it.each([
    ["mysql://u:hunter2@h/d", "no URL of the form"],
    ["postgres://u:hunter2@h", "names no database"],
    ["postgres://u:hunter2@h/", "names no database"],
    ["postgres://u:hunter2%@h/d", "two hex digits"],
    ["postgres://u:hunter2@h:port/d", "no number"],
    ["postgres://u:hunter2%0A@h/d", "line end"],
  ])("says what is wrong with a URL and never quotes it: %s", (url, expected) => {
    const read = parseDatabaseUrl(url) as { problem: string };
    expect(read.problem).toContain(expected);
    expect(read.problem).not.toContain("hunter2");
  });
});
