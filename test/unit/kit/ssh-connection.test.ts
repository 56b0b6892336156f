import { describe, expect, test } from "vitest";
import { BelayError } from "../../../src/kit/errors.js";
import { InputReader } from "../../../src/kit/inputs.js";
import { readSshConnection, type SshConnection } from "../../../src/kit/ssh-connection.js";

const fingerprint = `SHA256:${"A".repeat(43)}`;
const masked: string[] = [];

function read(inputs: Readonly<Record<string, string>>): SshConnection {
  const reader = new InputReader(
    (name) => inputs[name]?.trim() ?? "",
    (secret) => masked.push(secret),
  );
  const connection = readSshConnection(reader);
  reader.finish();
  return connection;
}

function messages(inputs: Readonly<Record<string, string>>): string {
  try {
    read(inputs);
    return "";
  } catch (failure) {
    if (!(failure instanceof BelayError)) throw failure;
    return [failure, ...failure.also].map(({ message }) => message).join("\n");
  }
}

const good = { host: "deploy@app.example.org:2222", "private-key": "key text" };

describe("an SSH connection", () => {
  test("needs no more than host and key", () => {
    expect(read(good)).toEqual({
      hops: [
        {
          target: { username: "deploy", host: "app.example.org", port: 2222 },
          login: { keyInput: "private-key", privateKey: "key text" },
        },
      ],
      hostKeys: { strict: true, known: [], fingerprints: [] },
      connectTimeoutMs: 30_000,
      connectRetries: 3,
    });
  });

  test("may have user and port as inputs of their own", () => {
    const { hops } = read({ ...good, host: "app", username: "deploy", port: "22022" });
    expect(hops.at(-1)?.target).toEqual({ username: "deploy", host: "app", port: 22_022 });
  });

  test("may say the same thing twice", () => {
    expect(messages({ ...good, username: "deploy", port: "2222" })).toBe("");
  });

  test("takes the port of host over the default that action.yml fills in", () => {
    expect(read({ ...good, port: "22" }).hops[0].target.port).toBe(2222);
  });

  test("goes over its jump hosts in order, with their own key, never with the server's password", () => {
    const { hops } = read({
      ...good,
      password: "s3cret",
      "jump-private-key": "other key",
      "jump-host": "j@a\nb:2200",
    });
    expect(hops.map(({ target }) => `${target.username}@${target.host}:${target.port}`)).toEqual([
      "j@a:22",
      "deploy@b:2200",
      "deploy@app.example.org:2222",
    ]);
    expect(hops[0].login).toEqual({ keyInput: "jump-private-key", privateKey: "other key" });
    expect(hops[2]?.login).toMatchObject({ privateKey: "key text", password: "s3cret" });
  });

  test("uses the same key for jump hosts that have none of their own", () => {
    const { hops } = read({ ...good, passphrase: "open", "jump-host": "j@a" });
    expect(hops[0].login).toEqual({
      keyInput: "private-key",
      privateKey: "key text",
      passphrase: "open",
    });
  });

  test("takes fingerprints as ssh-keygen prints them", () => {
    expect(
      read({ ...good, "host-fingerprint": `256 ${fingerprint}= app (ED25519)\n${fingerprint}` })
        .hostKeys.fingerprints,
    ).toEqual([fingerprint, fingerprint]);
  });

  test("has all its secrets masked, even when its other inputs are bad", () => {
    masked.length = 0;
    messages({
      host: "?",
      "private-key": "k3y text",
      passphrase: "p4ss",
      password: "w0rd",
      "jump-private-key": "jump k3y",
    });
    expect(masked.sort()).toEqual(["jump k3y", "k3y text", "p4ss", "w0rd"]);
  });
});

describe("a bad SSH connection", () => {
  test.each([
    ["no host", { host: "" }, /`host` is empty/],
    [
      "a host that is none",
      { host: "-oProxyCommand=id" },
      /`host` is "-oProxyCommand=id"; accepted: \[user@\]host/,
    ],
    ["no user", { host: "app" }, /`username` is empty/],
    [
      "two users",
      { username: "other" },
      /`username` is "other"; accepted: the same name as in `host`/,
    ],
    ["two ports", { port: "2200" }, /`port` is "2200"; accepted: the same port/],
    ["a user that is an option", { host: "app", username: "-l" }, /`username` is "-l"/],
    ["neither key nor password", { "private-key": "" }, /`private-key` is empty: the environment/],
    [
      "a damaged known-hosts line",
      { "known-hosts": "app ssh-ed25519 AAAA" },
      /`known-hosts` is .*damaged or cut/,
    ],
    [
      "a certificate authority",
      { "known-hosts": "@cert-authority * ssh-ed25519 AAAA" },
      /not supported/,
    ],
    [
      "an MD5 fingerprint",
      { "host-fingerprint": "MD5:aa:bb" },
      /`host-fingerprint` is "MD5:aa:bb"; accepted: SHA256/,
    ],
    ["an unknown host-key-check", { "host-key-check": "no" }, /one of strict, off/],
    ["a jump host that is none", { "jump-host": "a b" }, /`jump-host` is "a b"/],
    ["a timeout of zero", { "connect-timeout": "0s" }, /`connect-timeout`/],
    ["too many retries", { "connect-retries": "1000" }, /`connect-retries`/],
  ])("is named: %s", (_, inputs, message) => {
    expect(messages({ ...good, ...inputs })).toMatch(message);
  });
});
