import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openSshHost } from "../../src/platform/ssh-host.js";
import { systemClock } from "../../src/platform/system-clock.js";
import type { RemoteHost } from "../../src/ports/remote-host.js";
import { mustRun } from "../support/program.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { keptLog, readAll, runOn, sshConnection, sshHost } from "../support/ssh-connection.js";
import { sshKey } from "../support/ssh-key.js";
import { type Sshd, type SshdOptions, startSshd } from "../support/sshd.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

const key = sshKey();
const rsaKey = sshKey("rsa");
const hostKeys = [sshKey("ed25519"), sshKey("ecdsa"), sshKey("rsa")] as const;
const password = `pass-${randomBytes(6).toString("hex")}`;
let sshd: Sshd;
const hosts: RemoteHost[] = [];

beforeAll(async () => {
  sshd = await startSshd({
    publicKeys: [key.publicKey, rsaKey.publicKey],
    hostKeys,
    env: { LANG: "C.UTF-8" },
    ...(process.getuid?.() === 0 ? { password } : {}),
  });
});

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

afterAll(async () => {
  await sshd.stop();
});

function inputs(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const host = `${sshd.user.name}@127.0.0.1:${sshd.port}`;
  return { host, "private-key": key.privateKey, "known-hosts": sshd.knownHosts, ...more };
}

function addressOf(other: Sshd): Record<string, string> {
  return {
    host: `${other.user.name}@127.0.0.1:${other.port}`,
    "known-hosts": other.knownHosts,
  };
}

/** Another sshd for the length of `body`. */
async function withSshd(options: SshdOptions, body: (other: Sshd) => Promise<void>): Promise<void> {
  const other = await startSshd(options);
  try {
    await body(other);
  } finally {
    await other.stop();
  }
}

function reach(more: Readonly<Record<string, string>> = {}): RemoteHost {
  const host = sshHost(inputs(more));
  hosts.push(host);
  return host;
}

async function logIn(more: Readonly<Record<string, string>>): Promise<string> {
  const host = reach(more);
  await host.connect();
  return (await runOn(host, "id -un")).stdout.trim();
}

async function refusal(more: Readonly<Record<string, string>>): Promise<unknown> {
  return reach(more)
    .connect()
    .then(
      () => "let in",
      (failure: unknown) => failure,
    );
}

describe("sshd lets in", () => {
  test("a user who is not root, by an ed25519 key", async () => {
    expect(await logIn({})).toBe(sshd.user.name);
    expect(sshd.user.uid).not.toBe(0);
  });

  test("by an rsa key, signed with SHA-2", async () => {
    expect(await logIn({ "private-key": rsaKey.privateKey })).toBe(sshd.user.name);
  });

  test.each([
    ["ed25519", []],
    ["ecdsa", []],
    ["rsa", []],
    ["rsa, in the older PEM format", ["-m", "PEM"]],
  ])("with an encrypted key that ssh-keygen made: %s", async (kind, format) => {
    const folder = await scratchFolder("keys");
    const file = join(folder, "key");
    const type = kind.split(",")[0] ?? "";
    const words = ["-q", "-t", type, ...format, "-N", "three word phrase", "-C", "", "-f", file];
    await mustRun(["ssh-keygen", ...words]);
    const publicKey = (await readFile(`${file}.pub`, "utf8")).trim();
    const privateKey = await readFile(file, "utf8");
    await withSshd({ publicKeys: [publicKey] }, async (other) => {
      const login = { "private-key": privateKey, passphrase: "three word phrase" };
      expect(await logIn({ ...addressOf(other), ...login })).toBe(other.user.name);
      expect(await refusal({ ...addressOf(other), ...login, passphrase: "another" })).toMatchObject(
        {
          code: "key-passphrase",
        },
      );
    });
    await removeFolder(folder);
  });

  test.each(["aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"])(
    "when it knows no cipher but %s",
    async (cipher) => {
      await withSshd(
        { publicKeys: [key.publicKey], config: [`Ciphers ${cipher}`] },
        async (other) => {
          expect(await logIn(addressOf(other))).toBe(other.user.name);
        },
      );
    },
  );

  // Only root can make a user who has a password.
  if (process.getuid?.() === 0) {
    test("by password", async () => {
      expect(await logIn({ "private-key": "", password })).toBe(sshd.user.name);
    });
  }

  test.each(hostKeys.map((hostKey) => [hostKey.publicKey.split(" ")[0] ?? "", hostKey] as const))(
    "when its %s key is pinned, by line or by fingerprint",
    async (_, { publicKey, fingerprint }) => {
      expect(await logIn({ "known-hosts": publicKey })).toBe(sshd.user.name);
      expect(await logIn({ "known-hosts": "", "host-fingerprint": fingerprint })).toBe(
        sshd.user.name,
      );
    },
  );

  test("with what ssh-keyscan prints, hashed or not", async () => {
    const scan = ["ssh-keyscan", "-p", String(sshd.port), "127.0.0.1"];
    expect(await logIn({ "known-hosts": await mustRun(scan) })).toBe(sshd.user.name);
    const hashed = await mustRun([...scan.slice(0, 1), "-H", ...scan.slice(1)]);
    expect(hashed).toContain("|1|");
    expect(await logIn({ "known-hosts": hashed })).toBe(sshd.user.name);
  });

  test("through itself as jump host", async () => {
    const jump = inputs()["host"] ?? "";
    expect(await logIn({ "jump-host": `${jump}\n${jump}` })).toBe(sshd.user.name);
  });
});

describe("sshd is refused, or refuses", () => {
  test("an unknown host key, with the very lines that ssh-keyscan prints", async () => {
    const log = keptLog();
    const host = openSshHost(sshConnection(inputs({ "known-hosts": "" })), {
      clock: systemClock,
      log,
    });
    await expect(host.connect()).rejects.toMatchObject({ code: "host-key-unknown" });
    const scanned = await mustRun(["ssh-keyscan", "-p", String(sshd.port), "127.0.0.1"]);
    const lines = (text: string): string[] =>
      text
        .split("\n")
        .filter((line) => line.startsWith("["))
        .sort();
    expect(lines(log.lines.join("\n"))).toEqual(lines(scanned));
  });

  test("a changed host key", async () => {
    expect(await refusal({ "known-hosts": sshKey().publicKey })).toMatchObject({
      code: "host-key-changed",
    });
  });

  test("an unknown key, an unknown user, a wrong password", async () => {
    expect(await refusal({ "private-key": sshKey().privateKey })).toMatchObject({
      code: "auth-refused",
    });
    expect(await refusal({ host: `nobody-here@127.0.0.1:${sshd.port}` })).toMatchObject({
      code: "auth-refused",
    });
    expect(await refusal({ "private-key": "", password: "wrong" })).toMatchObject({
      code: "auth-refused",
    });
  });
});

describe("over sshd a command", () => {
  test("that the server opens no session for is named so", async () => {
    await withSshd({ publicKeys: [key.publicKey], config: ["MaxSessions 1"] }, async (other) => {
      const host = reach(addressOf(other));
      await host.connect();
      const first = await host.start("cat");
      await expect(host.start("true")).rejects.toMatchObject({ code: "command-failed" });
      first.end();
      expect(await first.exit).toMatchObject({ code: 0 });
    });
  });

  test("keeps bytes, exit codes and signals, also beside others", async () => {
    const host = reach();
    await host.connect();
    const bytes = randomBytes(24 << 20);
    const digest = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
    const echo = async (): Promise<string> => {
      const channel = await host.start("cat");
      const echoed = readAll(channel);
      for (let at = 0; at < bytes.length; at += 1 << 18)
        await channel.write(bytes.subarray(at, at + (1 << 18)));
      channel.end();
      return digest(await echoed);
    };
    const exits = [0, 1, 255].map(
      async (code) => (await runOn(host, `echo e >&2; exit ${code}`)).code,
    );
    expect(await Promise.all([echo(), ...exits])).toEqual([digest(bytes), 0, 1, 255]);
    expect(await runOn(host, "kill -TERM $$")).toMatchObject({ code: null, signal: "SIGTERM" });
    expect(
      await host.start("cat >/dev/null; exit 9").then(async (channel) => {
        channel.end();
        return channel.exit;
      }),
    ).toMatchObject({ code: 9 });
  });

  test("that ends without reading lets the writer go", async () => {
    const host = reach();
    await host.connect();
    const channel = await host.start("sleep 0.3; exit 4");
    await expect(channel.write(Buffer.alloc(64 << 20))).rejects.toMatchObject({
      code: "command-failed",
    });
    expect(await channel.exit).toMatchObject({ code: 4 });
  });

  test("outlives the connection when it is detached, and the loss is told", async () => {
    const host = reach();
    await host.connect();
    const proof = join(sshd.user.home, "proof");
    const channel = await host.start(
      `setsid sh -c 'sleep 0.5; echo alive >${proof}' >/dev/null 2>&1 </dev/null & sleep 60`,
    );
    await sshd.dropAll();
    await expect(channel.exit).rejects.toMatchObject({ code: "connection-lost" });
    await expect(readAll(channel)).rejects.toMatchObject({ code: "connection-lost" });
    await host.connect();
    expect(
      await until(
        "the detached command",
        async () => (await runOn(host, `cat ${proof}`)).stdout || undefined,
      ),
    ).toBe("alive\n");
  });

  test(
    "is lost within 15 s when the line goes silent, in the middle of an upload too",
    { timeout: 60_000 },
    async () => {
      const proxy = await startTcpProxy(sshd.port);
      const silent = reach({
        host: `${sshd.user.name}@127.0.0.1:${proxy.port}`,
        "known-hosts": hostKeys[0].publicKey,
      });
      await silent.connect();
      const [idle, busy] = [await silent.start("sleep 60"), await silent.start("cat >/dev/null")];
      const uploading = (async () => {
        for (;;) await busy.write(Buffer.alloc(1 << 18));
      })().catch((failure: unknown) => failure);
      proxy.stall();
      const stalled = performance.now();
      await expect(idle.exit).rejects.toMatchObject({ code: "connection-lost" });
      expect(await uploading).toMatchObject({ code: "connection-lost" });
      expect(performance.now() - stalled).toBeLessThan(15_000);
      await silent.close();
      await proxy.close();
    },
  );

  test(
    "is still heard of on a line so slow that a keepalive waits long behind the data",
    { timeout: 60_000 },
    async () => {
      const proxy = await startTcpProxy(sshd.port, { bytesPerSecond: 150_000 });
      const slow = openSshHost(
        sshConnection(
          inputs({
            host: `${sshd.user.name}@127.0.0.1:${proxy.port}`,
            "known-hosts": hostKeys[0].publicKey,
          }),
        ),
        { clock: systemClock, log: keptLog(), pulse: { keepaliveMs: 500, silenceMs: 2500 } },
      );
      await slow.connect();
      const channel = await slow.start("wc -c");
      const counted = readAll(channel);
      for (let sent = 0; sent < 8; sent += 1) await channel.write(Buffer.alloc(1 << 17));
      channel.end();
      expect((await counted).toString().trim()).toBe(String(8 << 17));
      await slow.close();
      await proxy.close();
    },
  );
});
