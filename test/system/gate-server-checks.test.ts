import { randomBytes } from "node:crypto";
import { chown, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GateServer, startGateServer } from "../support/gate-server.js";
import { type Redis, startRedis } from "../support/peers/redis.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { watchProcessList } from "../support/secret-search.js";
import { until } from "../support/until.js";
import { command, load, logs, postgres, redis } from "../unit/gate/server-checks/checks.js";

describe("databases", () => {
  let database: Postgres;
  let cache: Redis;
  let server: GateServer;
  const password = `s3cret-${randomBytes(6).toString("hex")}`;
  beforeAll(async () => {
    [database, cache] = await Promise.all([startPostgres(), startRedis({ password })]);
    server = await startGateServer({});
  });
  afterAll(async () => {
    await server.stop();
    await Promise.all([database.stop(), cache.stop()]);
  });

  test("PostgreSQL accepts connections, and they are counted", async () => {
    const connections = { warning: 40, critical: 48 };
    const check = postgres(database.url(), { connections });
    expect(await server.find(check)).toMatchObject({ state: "healthy", unit: "connections" });
    const before = (await server.find(check)).value ?? Number.NaN;
    const asleep = Array.from({ length: 3 }, () => database.query("select pg_sleep(3)"));
    await until("three more connections", async () => {
      const { value } = await server.find(check);
      return value === before + 3;
    });
    const narrow = postgres(database.url(), {
      name: "narrow",
      connections: { warning: before + 1, critical: before + 3 },
    });
    expect(await server.find(narrow)).toMatchObject({ state: "unhealthy" });
    await Promise.all(asleep);
  });

  test("PostgreSQL that is not there does not answer; a wrong password is said, not shown", async () => {
    const away = postgres("postgresql://app@127.0.0.1:1/app");
    expect(await server.find(away)).toMatchObject({
      state: "unhealthy",
      reason: "PostgreSQL does not answer at this address",
    });
    const wrong = database.url().replace(/:[^:@/]+@/, ":not-the-password@");
    const refused = await server.find(postgres(wrong, { connections: { warning: 1 } }));
    expect(refused).toMatchObject({
      state: "unhealthy",
      reason: "PostgreSQL accepts connections, but psql failed",
      body: expect.stringContaining("password authentication failed") as unknown,
    });
    expect(JSON.stringify(refused)).not.toContain("not-the-password");
  });

  test("Redis answers PING by its password, and tells its memory", async () => {
    const address = { port: cache.port, password };
    const check = redis(address, { memory: { warning: 40e6, critical: 48e6 } });
    const found = await server.find(check);
    expect(found).toMatchObject({ state: "healthy", unit: "B" });
    expect(found.value).toBeGreaterThan(100_000);
    const small = redis(address, { name: "small", memory: { critical: 1000 } });
    expect(await server.find(small)).toMatchObject({ state: "unhealthy" });
  });

  test("Redis that refuses the login, or is not there, says so and shows no password", async () => {
    const wrong = await server.find(redis({ port: cache.port, password: "not-the-password" }));
    expect(wrong).toMatchObject({ state: "unhealthy", reason: "Redis does not answer PING" });
    expect(wrong.body).toContain("WRONGPASS");
    const none = await server.find(redis({ port: cache.port }, { name: "none" }));
    expect(none.body).toContain("NOAUTH");
    const away = await server.find(redis({ port: 1 }, { name: "away" }));
    expect(away.body).toContain("Connection refused");
    expect(JSON.stringify([wrong, none, away])).not.toContain("not-the-password");
  });

  test("no password is on a command line while they are asked", async () => {
    const watch = watchProcessList([password, database.password]);
    const checks = [
      postgres(database.url(), { connections: { warning: 40 } }),
      redis({ port: cache.port, password }),
    ];
    for (let round = 0; round < 10; round += 1) {
      const findings = await Promise.all(checks.map((check) => server.find(check)));
      expect(findings.map(({ state }) => state)).toEqual(["healthy", "healthy"]);
    }
    expect(watch.stop()).toEqual([]);
  });
});

const noise = "echo 'belay-checks 2'; printf 'no line end'; echo 'to this server' >&2\n";
const loginShells: readonly (readonly [name: string, shell: string, file: string])[] = [
  ["fish", "/usr/bin/fish", ".config/fish/config.fish"],
  ["tcsh", "/usr/bin/tcsh", ".tcshrc"],
  ["bash", "/bin/bash", ".bashrc"],
];

describe.each(loginShells)(
  "a deploy user whose login shell is %s and makes noise",
  (_, shell, file) => {
    let server: GateServer;
    beforeEach(async () => {
      server = await startGateServer({}, shell);
      const { home, uid, gid } = server.sshd.user;
      await mkdir(dirname(join(home, file)), { recursive: true });
      await writeFile(join(home, file), noise);
      await chown(join(home, file), uid, gid);
    });
    afterEach(() => server.stop());

    test("is asked all the same, many checks in one connection, a stuck one beside", async () => {
      const checks = [
        command("line", "printf '%s\\n' \"it's $((6 * 7)) !e \\\\ *\"", {
          matches: /^it's 42 !e \\ \*$/m,
        }),
        load("cpu"),
        load("memory"),
        load("disk"),
        logs({ name: "denied", source: { file: "/etc/shadow" }, forbidden: /x/ }),
      ];
      const stuck = server.find(command("stuck", "sleep 100", { attemptTimeoutMs: 4000 }));
      const began = Date.now();
      const findings = await Promise.all(checks.map((check) => server.find(check)));
      expect(Date.now() - began).toBeLessThan(3900);
      expect(findings.map(({ state }) => state)).toEqual([
        ...Array<string>(4).fill("healthy"),
        "hopeless",
      ]);
      expect(findings.at(-1)?.reason).toBe("the deploy user may not read /etc/shadow");
      expect(await stuck).toMatchObject({ reason: "no answer within 4.0 s" });
      expect(await server.sshd.accepted()).toBe(1);
    });
  },
);
