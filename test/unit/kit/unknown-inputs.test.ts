import { describe, expect, test } from "vitest";
import { unknownInputs } from "../../../src/kit/unknown-inputs.js";

const known = [
  "host",
  "username",
  "port",
  "private-key",
  "known-hosts",
  "host-fingerprint",
  "restart",
  "before",
  "keep-releases",
  "env",
];

describe("an unknown input", () => {
  test.each([
    ["that appleboy/ssh-action has", "key", "private-key"],
    ["that appleboy/ssh-action has", "fingerprint", "host-fingerprint"],
    ["that appleboy/ssh-action has", "script", "restart"],
    ["that easingthemes/ssh-deploy has", "remote_host", "host"],
    ["that easingthemes/ssh-deploy has", "script_before", "before"],
    ["that webfactory/ssh-agent has", "ssh-private-key", "private-key"],
    ["with an underscore", "known_hosts", "known-hosts"],
    ["with a typing error", "privat-key", "private-key"],
    ["with letters swapped", "keep-realeses", "keep-releases"],
  ])("%s is answered with ours: %s", (_, name, meant) => {
    expect(unknownInputs("ssh-deploy-with-backup", [name], known)).toEqual([
      `\`${name}\` is not an input of ssh-deploy-with-backup: did you mean \`${meant}\`?`,
    ]);
  });

  test.each(["who-to-greet", "constructor", "x", "no", ""])(
    "that looks like nothing of ours is left alone: %j",
    (name) => {
      expect(unknownInputs("x", [name], known)).toEqual([]);
    },
  );

  test("is answered only with what the action has", () => {
    expect(unknownInputs("health-gate", ["script", "key"], ["host", "private-key"])).toHaveLength(
      1,
    );
  });

  test("is told from the known ones", () => {
    expect(unknownInputs("x", known, known)).toEqual([]);
  });
});
