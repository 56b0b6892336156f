import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RemoteHost } from "../../../src/ports/remote-host.js";
import { openSshHost } from "../../../src/platform/ssh-host.js";
import { systemClock } from "../../../src/platform/system-clock.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";
import { keptLog, readAll, runOn, sshConnection, sshHost } from "../../support/ssh-connection.js";
import { sshKey } from "../../support/ssh-key.js";
import { type SshServer, startSshServer } from "../../support/ssh-server.js";
import { startTcpProxy } from "../../support/tcp-proxy.js";
import { until } from "../../support/until.js";

const key = sshKey();
let home: string;
let server: SshServer;
let hosts: RemoteHost[];

/** A host that is closed after the test. */
function reach(inputs: Readonly<Record<string, string>> = {}): RemoteHost {
  const own = {
    host: `deploy@127.0.0.1:${server.port}`,
    "known-hosts": server.knownHosts,
    "private-key": key.privateKey,
  };
  const host = sshHost({ ...own, ...inputs });
  hosts.push(host);
  return host;
}

beforeEach(async () => {
  home = await scratchFolder("ssh");
  server = await startSshServer({ home, publicKeys: [key.publicKey] });
  hosts = [];
});

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  await server.close();
  await removeFolder(home);
});

describe("a command", () => {
  test("gets its input, gives its output, and ends with its exit code", async () => {
    const host = reach();
    await host.connect();
    const ended = await runOn(host, "cat; echo oops >&2; exit 7", "hello\n");
    expect(ended).toEqual({ stdout: "hello\n", stderr: "oops\n", code: 7 });
  });

  test("that a signal ended has no exit code", async () => {
    const host = reach();
    await host.connect();
    expect(await runOn(host, "kill -9 $$")).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("keeps the last 4 KiB of standard error", async () => {
    const host = reach();
    await host.connect();
    const { stderr } = await runOn(
      host,
      "head -c 10000 /dev/zero | tr '\\0' x >&2; printf end >&2",
    );
    expect(stderr).toHaveLength(4096);
    expect(stderr).toMatch(/^x+end$/);
  });

  test("hands 20 MiB through unchanged", async () => {
    const host = reach();
    await host.connect();
    const bytes = randomBytes(20 << 20);
    const channel = await host.start("cat");
    const echoed = readAll(channel);
    for (let at = 0; at < bytes.length; at += 1 << 18)
      await channel.write(bytes.subarray(at, at + (1 << 18)));
    channel.end();
    const digest = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
    expect(digest(await echoed)).toBe(digest(bytes));
    expect((await channel.exit).code).toBe(0);
  });

  test("that is not read does not make the server's output pile up here", async () => {
    const host = reach();
    await host.connect();
    const channel = await host.start(
      `i=0; while [ $i -lt 400 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i >"${home}/at"; done`,
    );
    const written = async (): Promise<number> =>
      Number(await readFile(join(home, "at"), "utf8").catch(() => "0"));
    let before = -1;
    const stopped = await until(
      "the command to wait",
      async () => {
        const now = await written();
        const same = now > 0 && now === before;
        before = now;
        return same ? now : undefined;
      },
      { intervalMs: 300 },
    );
    expect(stopped).toBeLessThan(200);
    expect(await readAll(channel)).toHaveLength(400 * 65_536);
  });

  test("that does not read makes a write wait, and its end makes it fail", async () => {
    const host = reach();
    await host.connect();
    const channel = await host.start("sleep 0.4; exit 3");
    const bytes = Buffer.alloc(64 << 20);
    await expect(channel.write(bytes)).rejects.toMatchObject({ code: "command-failed" });
    await expect(channel.write(bytes)).rejects.toMatchObject({ code: "command-failed" });
    expect(await channel.exit).toMatchObject({ code: 3 });
  });

  test("runs beside others on one connection", async () => {
    const host = reach();
    await host.connect();
    const ends = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => runOn(host, `cat; exit ${n}`, `${n}`)),
    );
    expect(ends.map(({ stdout, code }) => [stdout, code])).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => [`${n}`, n]),
    );
    expect(server.accepted()).toBe(1);
  });

  test("is hung up on when its reader leaves", async () => {
    const host = reach();
    await host.connect();
    const channel = await host.start("while echo y; do :; done; echo ended");
    for await (const _ of channel.output) break;
    await expect(channel.exit).rejects.toMatchObject({ code: "connection-lost" });
    expect(await runOn(host, "echo still here")).toMatchObject({ stdout: "still here\n", code: 0 });
  });
});

describe("a dropped connection", () => {
  test("ends output, exit and writes with connection-lost; connect makes a new one", async () => {
    const host = reach();
    await host.connect();
    const channel = await host.start("echo first; cat >/dev/null");
    const chunks: string[] = [];
    const reading = (async () => {
      for await (const chunk of channel.output) chunks.push(Buffer.from(chunk).toString());
    })();
    await until("the first line", () => chunks.length > 0);
    server.dropAll();
    await expect(reading).rejects.toMatchObject({ code: "connection-lost" });
    await expect(channel.exit).rejects.toMatchObject({ code: "connection-lost" });
    await expect(channel.write(Buffer.from("x"))).rejects.toMatchObject({
      code: "connection-lost",
    });
    await expect(host.start("true")).rejects.toMatchObject({ code: "connection-lost" });
    await host.connect();
    expect(await runOn(host, "echo again")).toMatchObject({ stdout: "again\n", code: 0 });
    expect(server.accepted()).toBe(2);
  });

  test("leaves the command alone", async () => {
    const host = reach();
    await host.connect();
    await host.start(`cat >/dev/null; echo survived >"${home}/proof"`);
    server.dropAll();
    expect(
      await until("the command's file", () =>
        readFile(join(home, "proof"), "utf8").catch(() => undefined),
      ),
    ).toBe("survived\n");
  });

  test("interrupts a write that waits for the server to read", async () => {
    const host = reach();
    await host.connect();
    const channel = await host.start("sleep 5");
    const writing = channel.write(Buffer.alloc(16 << 20));
    const lost = expect(writing).rejects.toMatchObject({ code: "connection-lost" });
    setTimeout(() => server.dropAll(), 200);
    await lost;
  });

  test("is noticed when the line goes silent without a word", async () => {
    const proxy = await startTcpProxy(server.port);
    const connection = sshConnection({
      host: `deploy@127.0.0.1:${proxy.port}`,
      "known-hosts": server.hostKey.publicKey,
      "private-key": key.privateKey,
    });
    const host = openSshHost(connection, {
      clock: systemClock,
      log: keptLog(),
      pulse: { keepaliveMs: 100, silenceMs: 400 },
    });
    await host.connect();
    const channel = await host.start("sleep 1; echo late; cat >/dev/null");
    // Longer than the limit: the answers to keepalives count.
    const first = await channel.output[Symbol.asyncIterator]().next();
    expect(Buffer.from(first.value as Uint8Array).toString()).toBe("late\n");
    const stalled = performance.now();
    proxy.stall();
    await expect(channel.exit).rejects.toThrow(/nothing was heard for 400 ms/);
    expect(performance.now() - stalled).toBeLessThan(1000);
    await host.close();
    await proxy.close();
  });
});

describe("close", () => {
  test("leaves no connection, and connect works again after it", async () => {
    const host = reach();
    await host.connect();
    await host.close();
    await until("the server to see it", () => server.connections() === 0);
    await host.connect();
    expect((await runOn(host, "exit 5")).code).toBe(5);
  });

  test("breaks off a connection that is being made", async () => {
    const proxy = await startTcpProxy(server.port);
    proxy.stall();
    const host = reach({ host: `deploy@127.0.0.1:${proxy.port}`, "connect-retries": "3" });
    const connecting = expect(host.connect()).rejects.toMatchObject({ code: "connection-lost" });
    await until("the connection", () => proxy.accepted > 0);
    await host.close();
    await connecting;
    await proxy.close();
  });

  test("is quiet when nothing was ever connected", async () => {
    await expect(reach().close()).resolves.toBeUndefined();
  });
});
