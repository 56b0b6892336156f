import { describe, expect, it } from "vitest";
import { errorCodes } from "../../../src/kit/errors.js";
import { isPassing, isSlackCode, slackError } from "../../../src/slack-notify/slack-errors.js";

// The codes of chat.postMessage, chat.update and of webhooks that somebody who sends a message can meet.
const mendable = [
  ...[
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "missing_scope",
  ],
  ...[
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "channel_is_archived",
    "no_service",
    "no_team",
  ],
  ...[
    "invalid_token",
    "action_prohibited",
    "posting_to_general_channel_denied",
    "restricted_action",
  ],
  ...[
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_payload",
    "msg_too_long",
    "msg_blocks_too_long",
  ],
  ...["message_not_found", "cant_update_message", "edit_window_closed", "no_text", "team_disabled"],
];

describe("an error code of Slack", () => {
  it.each(mendable)("%s has a meaning and a remedy of its own", (code) => {
    const error = slackError(code);
    expect(errorCodes).toContain(error.code);
    expect(error.code).not.toBe("service-failed");
    expect(error.message).toMatch(new RegExp(`^Slack answered ${code}: .{10}`));
    expect(error.remedy.length).toBeGreaterThan(10);
    expect(isPassing(code)).toBe(false);
    expect(isSlackCode(code)).toBe(true);
  });

  it.each(["ratelimited", "rate_limited", "internal_error", "service_unavailable", "rollup_error"])(
    "%s passes",
    (code) => {
      expect(isPassing(code)).toBe(true);
      expect(slackError(code).code).toBe("service-failed");
    },
  );

  it("that nobody knows is told as it is, with Slack's words", () => {
    const error = slackError("brand_new_code", "some words");
    expect(error.message).toBe("Slack answered brand_new_code: some words");
    expect(isPassing("brand_new_code")).toBe(false);
    expect(isSlackCode("toString")).toBe(false);
    expect(slackError("constructor").code).toBe("service-failed");
  });
});
