import { describe, expect, test } from "vitest";
import { matchesPattern, parseKnownHost } from "../../../src/kit/known-hosts.js";

const key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

describe("a line of known_hosts", () => {
  test.each([
    [
      "with hosts",
      `app,[app]:2222 ssh-ed25519 ${key} root@app`,
      { patterns: ["app", "[app]:2222"], revoked: false },
    ],
    ["bare, for any host", `ssh-ed25519 ${key}`, { patterns: [], revoked: false }],
    [
      "hashed",
      `|1|c2FsdA==|aGFzaA== ssh-ed25519 ${key}`,
      { patterns: ["|1|c2FsdA==|aGFzaA=="], revoked: false },
    ],
    ["revoked", `@revoked * ssh-ed25519\t${key}`, { patterns: ["*"], revoked: true }],
  ])("%s is read", (_, line, expected) => {
    expect(parseKnownHost(line)).toEqual({ type: "ssh-ed25519", key, ...expected });
  });

  test.each([
    [`@cert-authority * ssh-ed25519 ${key}`, /not supported/],
    [`@other * ssh-ed25519 ${key}`, /unknown marker/],
    ["app", /no host key/],
    [`app ssh-dss ${key}`, /unsupported type ssh-dss/],
    [`app sk-ssh-ed25519@openssh.com ${key}`, /unsupported type/],
    [`app ssh-ed25519 ${key.slice(0, 20)}`, /damaged or cut/],
    [`app ssh-rsa ${key}`, /damaged or cut/],
    ["ssh-ed25519", /damaged or cut/],
    [`app ssh-ed25519 ${key}!!`, /damaged or cut/],
  ])("%s is refused with the reason", (line, reason) => {
    expect(parseKnownHost(line)).toMatch(reason);
  });
});

test.each([
  ["*.example.org", "app.example.org", true],
  ["*.example.org", "example.org", false],
  ["10.0.0.?", "10.0.0.7", true],
  ["10.0.0.?", "10.0.0.77", false],
  ["[app]:*", "[app]:2222", true],
  ["APP", "app", true],
  ["a.c", "abc", false],
])("the pattern %s and the name %s", (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});
