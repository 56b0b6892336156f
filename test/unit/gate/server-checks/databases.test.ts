import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchProcessList } from "../../../support/secret-search.js";
import { postgres, redis } from "./checks.js";
import { CheckServer, shells } from "./check-server.js";
import { installDocker } from "./stand-in-docker.js";

const secret = 's3cret\'of a "server"';
const url = `postgresql://app:${encodeURIComponent(secret)}@db.example:6432/shop`;
const connections = { warning: 40, critical: 48 };
const memory = { warning: 40e6, critical: 48e6 };
const asEnvironment = `[ "$PGPASSWORD$REDISCLI_AUTH" = '${secret.replaceAll("'", `'\\''`)}' ] || exit 9`;

describe.each(shells)("databases, asked under %s,", (shell) => {
  let server: CheckServer;
  beforeEach(async () => (server = await CheckServer.start(shell)));
  afterEach(() => server.stop());

  describe("PostgreSQL", () => {
    const ready = (code: number) => server.install("pg_isready", `${asEnvironment}\nexit ${code}`);
    const psql = (text: string) => server.install("psql", `${asEnvironment}\n${text}`);

    it("accepts connections, starts up, or does not answer", async () => {
      const states = [];
      for (const code of [0, 1, 2, 3]) {
        await ready(code);
        states.push(await server.find(postgres(url)));
      }
      expect(states).toMatchObject([
        { state: "healthy", reason: "accepts connections" },
        {
          state: "unhealthy",
          reason: "PostgreSQL starts up or shuts down, and rejects connections",
        },
        { state: "unhealthy", reason: "PostgreSQL does not answer at this address" },
        { state: "unhealthy", reason: "pg_isready ended with exit code 3" },
      ]);
    });

    it("is asked at the address of its URL, in time", async () => {
      await server.install(
        "pg_isready",
        '[ "$PGHOST $PGPORT $PGUSER $PGDATABASE $*" = "db.example 6432 app shop -q -t 5" ]',
      );
      expect(await server.find(postgres(url))).toMatchObject({ state: "healthy" });
    });

    it("is measured by its connections", async () => {
      await ready(0);
      const states = [];
      for (const number of [39, 40, 48]) {
        await psql(`echo ${number}`);
        states.push(await server.find(postgres(url, { connections })));
      }
      expect(states).toMatchObject([
        { state: "healthy", value: 39, unit: "connections" },
        { state: "degraded", value: 40 },
        {
          state: "unhealthy",
          value: 48,
          reason: "connections at or above the critical limit, 48 connections",
        },
      ]);
    });

    it("that refuses the login says why, without the password", async () => {
      await ready(0);
      await psql('echo "FATAL: no login with $PGPASSWORD" >&2; exit 2');
      expect(await server.find(postgres(url, { connections }))).toMatchObject({
        state: "unhealthy",
        reason: "PostgreSQL accepts connections, but psql failed",
        body: "FATAL: no login with ***",
      });
    });

    it("is not judged by what is no number", async () => {
      await ready(0);
      for (const text of ["echo", "echo 12 34", "printf 12", "echo many"]) {
        await psql(text);
        expect(await server.find(postgres(url, { connections }))).toMatchObject({
          state: "unhealthy",
          reason: "the server's answer makes no sense",
        });
      }
    });
  });

  describe("Redis", () => {
    const cli = (text: string) =>
      server.install("redis-cli", `[ -z "$REDISCLI_AUTH" ] || { ${asEnvironment}; }\n${text}`);
    const info = (bytes: number) =>
      `read -r one; read -r two; [ "$one $two" = "PING INFO memory" ] || exit 9
echo PONG; printf '# Memory\\r\\nused_memory:${bytes}\\r\\nused_memory_human:1M\\r\\n'`;

    it("answers PING, with its login and address", async () => {
      await cli('[ "$*" = "-h db.example -p 6380 --user me --tls" ] && read -r one && echo PONG');
      const address = {
        host: "db.example",
        port: 6380,
        username: "me",
        password: secret,
        tls: true,
      };
      expect(await server.find(redis(address))).toMatchObject({
        state: "healthy",
        reason: "answers PING",
      });
    });

    it("that answers something else says what, without the password", async () => {
      await cli('echo "AUTH failed: $REDISCLI_AUTH" >&2; echo "NOAUTH Authentication required."');
      expect(await server.find(redis({ password: secret }))).toMatchObject({
        state: "unhealthy",
        reason: "Redis does not answer PING",
        body: "AUTH failed: *** NOAUTH Authentication required.",
      });
      await cli('echo "LOADING Redis is loading the dataset in memory"');
      expect(await server.find(redis({}))).toMatchObject({ state: "unhealthy" });
    });

    it("is measured by the memory in use", async () => {
      const states = [];
      for (const bytes of [39_999_999, 40_000_000, 48_000_000]) {
        await cli(info(bytes));
        states.push(await server.find(redis({}, { memory })));
      }
      expect(states).toMatchObject([
        { state: "healthy", value: 39_999_999, unit: "B" },
        { state: "degraded", reason: "memory in use at or above the warning limit, 38.1 MiB" },
        { state: "unhealthy" },
      ]);
      await cli("echo PONG; echo 'NOPERM no permission'");
      expect(await server.find(redis({}, { memory }))).toMatchObject({
        state: "unhealthy",
        reason: "Redis does not tell its memory",
        body: "NOPERM no permission",
      });
    });
  });

  it("show their passwords on no command line, on the server or inside a container", async () => {
    await installDocker(server, { running: ["db-1"] });
    await server.install("pg_isready", `${asEnvironment}; sleep 0.3`);
    await server.install("redis-cli", `${asEnvironment}; sleep 0.3; echo PONG`);
    const place = { service: "db", project: undefined };
    const watch = watchProcessList([secret, encodeURIComponent(secret), "s3cret"]);
    const findings = await server.ask(
      postgres(url),
      postgres(url, { name: "postgres inside", place }),
      redis({ password: secret }),
      redis({ password: secret }, { name: "redis inside", place }),
    );
    expect([...findings.values()].map(({ state }) => state)).toEqual(Array(4).fill("healthy"));
    expect(watch.stop()).toEqual([]);
  });
});

describe("databases, asked where their programs are missing,", () => {
  let server: CheckServer;
  beforeEach(async () => {
    server = await CheckServer.start("busybox");
    // The script looks beside PATH as well.
    server.lacks('/usr/lib/postgresql/*/bin/"$1"', "/usr/local/bin");
  });
  afterEach(() => server.stop());

  it("are hopeless, with what to install", async () => {
    expect(await server.find(postgres(url))).toMatchObject({
      state: "hopeless",
      reason: "pg_isready is missing on the server",
      remedy: expect.stringContaining("apt-get install postgresql-client") as unknown,
    });
    expect(await server.find(redis({}))).toMatchObject({
      state: "hopeless",
      reason: "redis-cli is missing on the server",
      remedy: expect.stringContaining("apt-get install redis-tools") as unknown,
    });
  });

  it("need psql only for the number of connections", async () => {
    await server.install("pg_isready", "exit 0");
    expect(await server.find(postgres(url))).toMatchObject({ state: "healthy" });
    expect(await server.find(postgres(url, { connections }))).toMatchObject({
      state: "hopeless",
      reason: "psql is missing on the server",
    });
  });

  it("are told to be asked elsewhere when it is their container that has none", async () => {
    await installDocker(server, { running: ["web-1"] });
    const place = { container: "web-1" };
    expect(await server.find(redis({}, { place }))).toMatchObject({
      state: "hopeless",
      reason: "redis-cli is missing: web-1",
      remedy: "Name a container that has it with `in`.",
    });
  });
});
