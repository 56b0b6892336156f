import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSshHost } from "../../../src/platform/ssh-host.js";
import { systemClock } from "../../../src/platform/system-clock.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";
import { keptLog, runOn, sshConnection, sshHost } from "../../support/ssh-connection.js";
import { sshKey } from "../../support/ssh-key.js";
import { type SshServer, startSshServer } from "../../support/ssh-server.js";

const key = sshKey();
const [ed25519, ecdsa, rsa] = [sshKey("ed25519"), sshKey("ecdsa"), sshKey("rsa")];
let home: string;
let server: SshServer;

beforeEach(async () => {
  home = await scratchFolder("ssh");
  server = await startSshServer({
    home,
    publicKeys: [key.publicKey],
    hostKeys: [ed25519, ecdsa, rsa],
  });
});

afterEach(async () => {
  await server.close();
  await removeFolder(home);
});

function inputs(more: Readonly<Record<string, string>>): Record<string, string> {
  return { host: `deploy@127.0.0.1:${server.port}`, "private-key": key.privateKey, ...more };
}

/** Connects, proves that commands run, and closes. */
async function works(more: Readonly<Record<string, string>>): Promise<void> {
  const host = sshHost(inputs(more));
  await host.connect();
  expect(await runOn(host, "echo in")).toMatchObject({ stdout: "in\n", code: 0 });
  await host.close();
}

async function refused(
  more: Readonly<Record<string, string>>,
): Promise<Record<"code" | "message" | "remedy", string>> {
  const host = sshHost(inputs(more));
  const failure: unknown = await host.connect().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await host.close();
  expect(server.logins).toEqual([]);
  return failure as Record<"code" | "message" | "remedy", string>;
}

describe("a pinned host key lets in", () => {
  const name = (): string => `[127.0.0.1]:${server.port}`;
  const hashed = (text: string): string => {
    const salt = Buffer.from("a salt of 20 bytes!!");
    return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(text).digest("base64")}`;
  };
  test.each([
    ["an ed25519 line", () => `${name()} ${ed25519.publicKey}`],
    [
      "an ecdsa line, though the host would rather show ed25519",
      () => `${name()} ${ecdsa.publicKey}`,
    ],
    [
      "an rsa line, though the host would rather show ed25519",
      () => `${name()} ${rsa.publicKey} root@host`,
    ],
    ["a bare key", () => ed25519.publicKey],
    ["a line without the port", () => `127.0.0.1 ${ed25519.publicKey}`],
    ["a wildcard", () => `*.0.0.?,other ${ed25519.publicKey}`],
    ["a hashed line", () => `${hashed(name())} ${ed25519.publicKey}`],
    [
      "one of several lines",
      () => `# the host\n\n${name()} ${sshKey().publicKey}\n${name()} ${rsa.publicKey}`,
    ],
  ])("%s", async (_, lines) => {
    await works({ "known-hosts": lines() });
  });

  test.each([
    ["an ed25519 fingerprint", ed25519.fingerprint],
    ["an rsa fingerprint, though the host shows ed25519 first", rsa.fingerprint],
    [
      "one of several fingerprints, as ssh-keygen prints them",
      `${sshKey().fingerprint}\n256 ${ecdsa.fingerprint} app (ECDSA)`,
    ],
  ])("%s", async (_, fingerprint) => {
    await works({ "host-fingerprint": fingerprint });
  });
});

describe("an unknown host", () => {
  test.each([
    ["without any pin", {}],
    [
      "with lines for other hosts only",
      { "known-hosts": `other.example.org ${ed25519.publicKey}` },
    ],
    [
      "with a line that excludes it",
      { "known-hosts": `*,!127.0.0.1,![127.0.0.1]:* ${ed25519.publicKey}` },
    ],
  ])("is refused %s", async (_, pins) => {
    expect(await refused(pins)).toMatchObject({ code: "host-key-unknown" });
  });

  test("has its known-hosts lines printed, one for each kind, ready to paste", async () => {
    const log = keptLog();
    const host = openSshHost(sshConnection(inputs({})), { clock: systemClock, log });
    const failure: unknown = await host.connect().catch((reason: unknown) => reason);
    expect(failure).toMatchObject({
      message: expect.stringContaining(ed25519.fingerprint) as string,
    });
    const lines = log.lines.filter((line) => line.startsWith("["));
    expect(lines).toEqual(
      [ed25519, ecdsa, rsa].map(({ publicKey }) => `[127.0.0.1]:${server.port} ${publicKey}`),
    );
    await works({ "known-hosts": lines.join("\n") });
  });
});

describe("a host with another key than the pinned one", () => {
  test("is refused with both fingerprints", async () => {
    const old = sshKey();
    const failure = await refused({ "known-hosts": old.publicKey });
    expect(failure.code).toBe("host-key-changed");
    expect(failure.message).toContain(old.fingerprint);
    expect(failure.message).toContain(ed25519.fingerprint);
  });

  test("is refused when only the fingerprint was pinned", async () => {
    const old = sshKey();
    const failure = await refused({ "host-fingerprint": old.fingerprint });
    expect(failure).toMatchObject({
      code: "host-key-changed",
      message: expect.stringContaining(old.fingerprint) as string,
    });
  });

  test("is refused when it has no key of the pinned kind any more", async () => {
    await server.close();
    server = await startSshServer({ home, publicKeys: [key.publicKey], hostKeys: [rsa] });
    const failure = await refused({ "known-hosts": ed25519.publicKey });
    expect(failure).toMatchObject({
      code: "host-key-changed",
      message: expect.stringContaining(rsa.fingerprint) as string,
    });
  });

  test("is refused when the key is revoked, though a line trusts it", async () => {
    const lines = `* ${ed25519.publicKey}\n@revoked * ${ed25519.publicKey}`;
    expect(await refused({ "known-hosts": lines })).toMatchObject({
      code: "host-key-changed",
      message: expect.stringContaining("@revoked") as string,
    });
  });

  test("is let in with host-key-check off, with a warning", async () => {
    const log = keptLog();
    const off = inputs({ "known-hosts": sshKey().publicKey, "host-key-check": "off" });
    const host = openSshHost(sshConnection(off), { clock: systemClock, log });
    await host.connect();
    expect(await runOn(host, "echo in")).toMatchObject({ stdout: "in\n" });
    await host.close();
    expect(log.lines.join("\n")).toContain("host-key-check is off");
  });
});
