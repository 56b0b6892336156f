import { describe, expect, it } from "vitest";
import { BelayError } from "../../../src/kit/errors.js";
import { InputReader } from "../../../src/kit/inputs.js";
import { type Inputs, readInputs } from "../../../src/slack-notify/inputs.js";

const webhook = "https://hooks.slack.com/services/T000/B000/secretPart";
const masked: string[] = [];

function parse(over: Readonly<Record<string, string>>): Inputs {
  const raw: Readonly<Record<string, string>> = { webhook, ...over };
  masked.length = 0;
  return readInputs(
    new InputReader(
      (name) => raw[name] ?? "",
      (secret) => masked.push(secret),
    ),
  );
}

function problemsOf(over: Readonly<Record<string, string>>): readonly string[] {
  try {
    parse(over);
    return [];
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    return [error, ...error.also].map(({ message }) => message);
  }
}

describe("mentions", () => {
  it.each([
    ["@here", [{ kind: "broadcast", range: "here" }]],
    ["<!channel>", [{ kind: "broadcast", range: "channel" }]],
    [
      "U012AB3CDE, <@W012AB3CDE>",
      [
        { kind: "user", id: "U012AB3CDE" },
        { kind: "user", id: "W012AB3CDE" },
      ],
    ],
    [
      "<!subteam^S0614TZR7>\n# on call\nS0614TZR8",
      [
        { kind: "group", id: "S0614TZR7" },
        { kind: "group", id: "S0614TZR8" },
      ],
    ],
    ["", []],
  ])("are read from %j", (text, mentions) => {
    expect(parse({ "mention-on-failure": text }).mentions).toEqual(mentions);
  });

  it.each(["@ada", "ada@example.com", "ops", "U1"])(
    "that Slack would not know are refused: %s",
    (text) => {
      expect(problemsOf({ "mention-on-failure": text })).toEqual([
        expect.stringContaining("the ID of a member"),
      ]);
    },
  );
});

describe("where to", () => {
  it("is a webhook, or a bot's channel without its #", () => {
    expect(parse({}).way).toEqual({ kind: "webhook", url: webhook });
    const bot = {
      webhook: "",
      token: "xoxb-1-abc",
      channel: "#ops",
      update: "1712345678.000001",
      "channel-id": "C0123456789",
    };
    expect(parse(bot).way).toEqual({
      kind: "bot",
      token: "xoxb-1-abc",
      api: "https://slack.com/api",
      channel: "C0123456789",
      update: "1712345678.000001",
      thread: "",
    });
  });

  it("is not both, and a token needs a channel", () => {
    expect(problemsOf({ token: "xoxb-1-abc", channel: "ops" })).toEqual([
      expect.stringContaining("either a webhook or a token"),
    ]);
    expect(problemsOf({ webhook: "", token: "xoxb-1-abc" })).toEqual([
      expect.stringContaining("`channel` is empty"),
    ]);
  });

  it("is named by the secret that is missing", () => {
    expect(problemsOf({ webhook: "" })[0]).toContain("`webhook` is empty");
    expect(problemsOf({ webhook: "", channel: "ops" })[0]).toContain("`token` is empty");
    expect(parse({ webhook: "", "dry-run": "true" }).way).toBeUndefined();
  });

  it("and every secret is masked before anything else", () => {
    parse({ "github-token": "ghs_1234" });
    expect(masked).toEqual(["ghs_1234", webhook]);
    expect(problemsOf({ webhook: "http://plain.example/secretPart" }).join()).not.toContain(
      "secretPart",
    );
    expect(masked).toContain("http://plain.example/secretPart");
  });
});

it("only-on: change needs a token, and says which", () => {
  expect(problemsOf({ "only-on": "change" })).toEqual([expect.stringContaining("`actions: read`")]);
});

it("a field without a name is refused without being shown", () => {
  expect(parse({ fields: "a=b=c\n d =" }).fields).toEqual([
    { name: "a", value: "b=c" },
    { name: "d", value: "" },
  ]);
  expect(problemsOf({ fields: "planted" })).toEqual([
    "`fields` is ***; accepted: lines of the form name=value",
  ]);
});
