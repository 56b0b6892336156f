import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BelayError } from "../../../src/kit/errors.js";
import { openSshHost } from "../../../src/platform/ssh-host.js";
import { systemClock } from "../../../src/platform/system-clock.js";
import type { Clock } from "../../../src/ports/clock.js";
import { freePort } from "../../support/free-port.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";
import { keptLog, runOn, sshConnection, sshHost } from "../../support/ssh-connection.js";
import { sshKey } from "../../support/ssh-key.js";
import { type SshServer, type SshServerOptions, startSshServer } from "../../support/ssh-server.js";
import { startTcpProxy } from "../../support/tcp-proxy.js";

const key = sshKey();
const locked = sshKey("ed25519", "open sesame");
let home: string;
const servers: SshServer[] = [];

beforeEach(async () => {
  home = await scratchFolder("ssh");
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await removeFolder(home);
});

async function serve(options: Partial<SshServerOptions> = {}): Promise<SshServer> {
  const server = await startSshServer({ home, publicKeys: [key.publicKey], ...options });
  servers.push(server);
  return server;
}

async function logIn(
  server: SshServer,
  inputs: Readonly<Record<string, string>>,
): Promise<unknown> {
  const host = sshHost({
    host: `deploy@127.0.0.1:${server.port}`,
    "known-hosts": server.knownHosts,
    ...inputs,
  });
  try {
    await host.connect();
    return (await runOn(host, "echo in")).stdout;
  } catch (failure) {
    return failure;
  } finally {
    await host.close();
  }
}

describe("a login", () => {
  test("by key asks for nothing else first", async () => {
    const server = await serve();
    expect(await logIn(server, { "private-key": key.privateKey })).toBe("in\n");
    expect(server.logins).toEqual(["publickey", "publickey"]);
  });

  test.each(["ecdsa", "rsa"] as const)("by an %s key", async (type) => {
    const other = sshKey(type);
    expect(
      await logIn(await serve({ publicKeys: [other.publicKey] }), {
        "private-key": other.privateKey,
      }),
    ).toBe("in\n");
  });

  test("by an encrypted key with its passphrase", async () => {
    const server = await serve({ publicKeys: [locked.publicKey] });
    expect(
      await logIn(server, { "private-key": locked.privateKey, passphrase: "open sesame" }),
    ).toBe("in\n");
  });

  test("by a key with Windows line ends and white space around it", async () => {
    const text = `\n${key.privateKey.replaceAll("\n", "\r\n")}\r\n  `;
    expect(await logIn(await serve(), { "private-key": text })).toBe("in\n");
  });

  test("by password", async () => {
    expect(
      await logIn(await serve({ publicKeys: [], password: "s3cret" }), { password: "s3cret" }),
    ).toBe("in\n");
  });

  test("by a password that the server asks for with a prompt", async () => {
    const server = await serve({ publicKeys: [], password: "s3cret", prompt: true });
    expect(await logIn(server, { password: "s3cret" })).toBe("in\n");
  });

  test("by password after the key was refused", async () => {
    const server = await serve({ password: "s3cret" });
    expect(await logIn(server, { "private-key": sshKey().privateKey, password: "s3cret" })).toBe(
      "in\n",
    );
  });
});

describe("a refused login", () => {
  test("of an unknown key names the line that authorized_keys needs", async () => {
    const stranger = sshKey();
    const failure = await logIn(await serve(), { "private-key": stranger.privateKey });
    expect(failure).toMatchObject({
      code: "auth-refused",
      remedy: expect.stringContaining(stranger.publicKey) as string,
    });
  });

  test("of a wrong password names what the server takes, and not the password", async () => {
    const failure = (await logIn(await serve({ publicKeys: [], password: "right" }), {
      password: "wr0ng-one",
    })) as BelayError;
    expect(failure).toMatchObject({
      code: "auth-refused",
      message: expect.stringContaining("takes password") as string,
    });
    expect(`${failure.message} ${failure.remedy} ${String(failure.stack)}`).not.toContain(
      "wr0ng-one",
    );
  });

  test("by key where only passwords are taken says so", async () => {
    const failure = await logIn(await serve({ publicKeys: [], password: "right" }), {
      "private-key": key.privateKey,
    });
    expect(failure).toMatchObject({
      code: "auth-refused",
      remedy: expect.stringContaining("PubkeyAuthentication") as string,
    });
  });

  test("of an unknown user is not tried again", async () => {
    const server = await serve({ user: "other" });
    const failure = await logIn(server, { "private-key": key.privateKey, "connect-retries": "5" });
    expect(failure).toMatchObject({
      code: "auth-refused",
      message: expect.stringContaining("deploy@127.0.0.1") as string,
    });
    expect(server.accepted()).toBe(1);
  });
});

describe("an unreachable server", () => {
  const patient: Clock = { ...systemClock, sleep: () => Promise.resolve() };

  test("is tried as often as connect-retries says, then named with the reason", async () => {
    const log = keptLog();
    const port = await freePort();
    const inputs = {
      host: `deploy@127.0.0.1:${port}`,
      "private-key": key.privateKey,
      "known-hosts": key.publicKey,
    };
    const host = openSshHost(sshConnection({ ...inputs, "connect-retries": "2" }), {
      clock: patient,
      log,
    });
    await expect(host.connect()).rejects.toMatchObject({
      code: "host-unreachable",
      message: `deploy@127.0.0.1:${port} refused the connection`,
    });
    expect(log.lines.filter((line) => line.includes("trying again"))).toHaveLength(2);
  });

  test("that comes back in time is reached", async () => {
    const server = await serve();
    const proxy = await startTcpProxy(server.port);
    proxy.refuse();
    const inputs = {
      host: `deploy@127.0.0.1:${proxy.port}`,
      "private-key": key.privateKey,
      "known-hosts": server.hostKey.publicKey,
    };
    const sleep = (): Promise<void> => {
      proxy.accept();
      return Promise.resolve();
    };
    const clock: Clock = { ...patient, sleep };
    const host = openSshHost(sshConnection(inputs), { clock, log: keptLog() });
    await host.connect();
    expect((await runOn(host, "echo in")).stdout).toBe("in\n");
    await host.close();
    await proxy.close();
  });

  test("that accepts and says nothing is given up after connect-timeout", async () => {
    const server = await serve();
    const proxy = await startTcpProxy(server.port);
    proxy.stall();
    const failure = await logIn(server, {
      host: `deploy@127.0.0.1:${proxy.port}`,
      "private-key": key.privateKey,
      "known-hosts": server.hostKey.publicKey,
      "connect-timeout": "1s",
    });
    expect(failure).toMatchObject({
      code: "host-unreachable",
      message: expect.stringContaining("within 1.0 s") as string,
    });
    await proxy.close();
  });

  test("whose name does not resolve is named so", async () => {
    const inputs = {
      host: "deploy@no-such-host.invalid",
      "private-key": key.privateKey,
      "known-hosts": key.publicKey,
    };
    const failure = await sshHost(inputs)
      .connect()
      .catch((reason: unknown) => reason);
    expect(failure).toMatchObject({
      code: "host-unreachable",
      message: expect.stringContaining("does not resolve") as string,
    });
  });
});

describe("through jump hosts", () => {
  test("the way goes over every one of them, each with its own key", async () => {
    const jumpKey = sshKey();
    const first = await serve({ publicKeys: [jumpKey.publicKey] });
    const second = await serve({ publicKeys: [jumpKey.publicKey] });
    const server = await serve();
    const out = await logIn(server, {
      "private-key": key.privateKey,
      "jump-private-key": jumpKey.privateKey,
      "jump-host": `hop@127.0.0.1:${first.port}\nhop@127.0.0.1:${second.port}`,
      "known-hosts": [first, second, server].map(({ knownHosts }) => knownHosts).join("\n"),
    });
    expect(out).toBe("in\n");
    expect([first, second, server].map((one) => one.accepted())).toEqual([1, 1, 1]);
  });

  test("an unknown jump host is refused before anything behind it is reached", async () => {
    const jump = await serve();
    const server = await serve();
    const inputs = { "private-key": key.privateKey, "jump-host": `hop@127.0.0.1:${jump.port}` };
    expect(await logIn(server, inputs)).toMatchObject({
      code: "host-key-unknown",
      message: expect.stringContaining(`hop@127.0.0.1:${jump.port}`) as string,
    });
    expect(server.accepted()).toBe(0);
  });

  test("an unknown server behind a jump host has its keys shown too", async () => {
    const jump = await serve();
    const server = await serve();
    const failure = await logIn(server, {
      "private-key": key.privateKey,
      "jump-host": `hop@127.0.0.1:${jump.port}`,
      "known-hosts": jump.knownHosts,
    });
    expect(failure).toMatchObject({
      code: "host-key-unknown",
      remedy: expect.stringContaining(server.knownHosts) as string,
    });
  });

  test("a server that the jump host cannot reach is named as unreachable", async () => {
    const jump = await serve();
    const port = await freePort();
    const inputs = {
      host: `deploy@127.0.0.1:${port}`,
      "private-key": key.privateKey,
      "jump-host": `hop@127.0.0.1:${jump.port}`,
    };
    const failure = await logIn(jump, inputs);
    expect(failure).toMatchObject({
      code: "host-unreachable",
      message: expect.stringContaining(String(port)) as string,
    });
  });

  test("a drop of the jump host is a loss of the connection", async () => {
    const jump = await serve();
    const server = await serve();
    const host = sshHost({
      host: `deploy@127.0.0.1:${server.port}`,
      "private-key": key.privateKey,
      "jump-host": `hop@127.0.0.1:${jump.port}`,
      "known-hosts": `${jump.knownHosts}\n${server.knownHosts}`,
    });
    await host.connect();
    const channel = await host.start("sleep 5");
    jump.dropAll();
    await expect(channel.exit).rejects.toMatchObject({ code: "connection-lost" });
    await host.connect();
    expect((await runOn(host, "echo in")).stdout).toBe("in\n");
    await host.close();
  });
});

describe("a private key that cannot be used is refused before the server is contacted", () => {
  const oneLine = key.privateKey.replaceAll("\n", " ").trim();
  const damaged = key.privateKey.replace(/\n([A-Za-z0-9+/]{10})/, "\nAAAA");
  test.each([
    [
      "PuTTY's format",
      "PuTTY-User-Key-File-2: ssh-ed25519\nEncryption: none\n",
      /PuTTY/,
      /puttygen/,
    ],
    ["a public key", key.publicKey, /public key/, /other file/],
    [
      "an encoded public key",
      "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----",
      /public key/,
      /other file/,
    ],
    ["lost line ends", oneLine, /lost its line ends/, /gh secret set/],
    [
      "line ends as \\n",
      key.privateKey.trim().replaceAll("\n", "\\n"),
      /characters \\n/,
      /gh secret set/,
    ],
    ["a cut end", key.privateKey.slice(0, 150), /cut off/, /-----END/],
    ["a path", "~/.ssh/id_ed25519", /path of a file/, /whole file/],
    ["garbage", "hunter2", /no private key/, /whole file/],
    [
      "PKCS#8",
      "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----",
      /PKCS#8/,
      /ssh-keygen -p/,
    ],
    ["damage", damaged, /damaged/, /whole file/],
  ])("%s", async (_, privateKey, message, remedy) => {
    const server = await serve();
    const failure = (await logIn(server, { "private-key": privateKey })) as BelayError;
    expect(failure).toMatchObject({
      code: "key-format",
      message: expect.stringMatching(message) as string,
    });
    expect(failure.remedy).toMatch(remedy);
    expect(server.accepted()).toBe(0);
  });

  test.each([
    ["a missing passphrase", {}, /`passphrase` is empty/],
    ["a wrong passphrase", { passphrase: "open barley" }, /does not open/],
  ])("%s", async (_, passphrase, message) => {
    const server = await serve();
    const failure = await logIn(server, { "private-key": locked.privateKey, ...passphrase });
    expect(failure).toMatchObject({
      code: "key-passphrase",
      message: expect.stringMatching(message) as string,
    });
    expect(server.accepted()).toBe(0);
  });
});
