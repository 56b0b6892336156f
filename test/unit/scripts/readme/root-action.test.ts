import { expect, it } from "vitest";
import { parse } from "yaml";

import type { Definition, Input } from "../../../../scripts/readme/definition.js";
import { rootAction } from "../../../../scripts/readme/root-action.js";

function input(name: string, description = "", more: Partial<Input> = {}): Input {
  return { name, description, default: "", required: false, group: "", ...more };
}

function action(inputs: readonly Input[], outputs: readonly string[]): Definition {
  return {
    name: "",
    description: "",
    inputs,
    outputs: outputs.map((name) => ({ name, description: "It." })),
  };
}

const actions = new Map([
  [
    "ssh-deploy-with-backup",
    action(
      [
        input("host", "See [a](../b).", { required: true }),
        input("port", "It: `22`", { default: "22" }),
        input("images", "Lines."),
        input("summary", "Writes it."),
      ],
      ["status", "duration-ms", "report"],
    ),
  ],
  [
    "k8s-rollout",
    action(
      [
        input("manifests", "Files.", { group: "For a first deploy" }),
        input("images", "Pairs."),
        input("summary", "Writes it."),
        input("undo", "Lines.", { group: "The way back" }),
      ],
      ["status", "cause", "duration-ms", "report"],
    ),
  ],
  [
    "slack-notify",
    action(
      [
        input("token", "Needs `channel`."),
        input("channel", "The `channel` of #x"),
        input("status"),
        input("errors"),
      ],
      ["status", "ts", "report"],
    ),
  ],
  [
    "sentry-release",
    action([input("sentry-org", "", { required: true }), input("commits")], ["release"]),
  ],
]);

interface Made {
  readonly inputs: Readonly<
    Record<string, { description: string; required?: boolean; default?: string }>
  >;
  readonly outputs: Readonly<Record<string, unknown>>;
}

it("the root action has its parts' inputs, prefixed once, without those that the deploy fills", () => {
  const { inputs, outputs } = parse(rootAction(actions)) as Made;
  expect(Object.keys(inputs)).toEqual([
    ...["host", "port", "images", "summary", "manifests", "undo"],
    ...["slack-token", "slack-channel", "sentry-org", "sentry-commits"],
  ]);
  expect(inputs["port"]).toEqual({ description: "It: `22`", default: "22" });
  expect(inputs["host"]).toEqual({ description: "See [a](../actions/b)." });
  expect(inputs["images"]?.description).toBe("Lines. In a cluster: Pairs.");
  expect(inputs["summary"]?.description).toBe("Writes it.");
  expect(inputs["sentry-org"]?.required).toBeUndefined();
  expect(inputs["slack-token"]?.description).toBe("Needs `slack-channel`.");
  expect(inputs["slack-channel"]?.description).toBe("The `channel` of #x");
  expect(Object.keys(outputs)).toEqual(["status", "cause", "ts", "duration-ms", "report"]);
});
