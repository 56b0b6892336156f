import { expect, it } from "vitest";
import { redactor } from "../../../src/kit/redact.js";

const hide = redactor(["s3cret", "s3cret-and-more", ""]);

it.each([
  ["a known secret, the longest first", "a s3cret-and-more b s3cret", "a *** b ***"],
  [
    "the password of a URL",
    "redis://:pa55@h/1 postgres://u:p%40@h:5/d",
    "redis://:***@h/1 postgres://u:***@h:5/d",
  ],
  ["a token of GitHub", `x ghp_${"a".repeat(36)}.`, "x ***."],
  ["a token of Slack", "xoxb-123-456-abcdefghij!", "***!"],
  ["a webhook of Slack", "https://hooks.slack.com/services/T0/B0/xyz done", "*** done"],
  [
    "a private key",
    "k: -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----!",
    "k: ***!",
  ],
])("hides %s", (_, text, shown) => {
  expect(hide(text)).toBe(shown);
});

it("leaves everything else as it is", () => {
  const text = "https://app.example:8443/a:b@c time 12:30@noon mailto:a@b.c";
  expect(hide(text)).toBe(text);
});
