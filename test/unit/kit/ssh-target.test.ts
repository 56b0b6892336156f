import { describe, expect, test } from "vitest";
import { knownHostsName, parseAddress, targetName } from "../../../src/kit/ssh-target.js";

describe("an address", () => {
  test.each([
    ["app.example.org", { host: "app.example.org" }],
    ["deploy@app", { username: "deploy", host: "app" }],
    ["deploy@10.0.0.1:2222", { username: "deploy", host: "10.0.0.1", port: 2222 }],
    ["deploy@[2001:db8::1]:22", { username: "deploy", host: "2001:db8::1", port: 22 }],
    ["[::1]", { host: "::1" }],
    ["fe80::1%eth0", { host: "fe80::1%eth0" }],
    ["name@domain@host", { username: "name@domain", host: "host" }],
  ])("%s is read", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  test.each([
    "",
    "@host",
    "deploy@",
    "host:",
    "host:0",
    "host:65536",
    "host:ssh",
    "-oProxyCommand=id",
    "-l@host",
    "ssh://host",
    "a host",
    "host;id",
    "[host]:22",
    "[::1",
    "::1]:22",
    "host\n",
    "h\u00f6st",
  ])("%j is refused", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

test("a target is named for people and for known_hosts", () => {
  const target = { username: "deploy", host: "App.Example.org", port: 22 };
  expect(targetName(target)).toBe("deploy@App.Example.org:22");
  expect(knownHostsName(target)).toBe("app.example.org");
  expect(targetName({ ...target, host: "::1", port: 2222 })).toBe("deploy@[::1]:2222");
  expect(knownHostsName({ host: "::1", port: 2222 })).toBe("[::1]:2222");
});
