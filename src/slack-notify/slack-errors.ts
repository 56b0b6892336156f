import { BelayError, type ErrorCode } from "../kit/errors.js";

interface Known {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

const newToken =
  "Take the Bot User OAuth Token from the app's page OAuth & Permissions, and store it as the secret anew.";
const newWebhook =
  "Make a new incoming webhook for the channel on the app's page, and store its whole URL as the secret.";
const askAdmin = "Ask an administrator of the workspace to allow it, or send to another channel.";
const report = "Report it with the payload that `dry-run: true` prints.";

function auth(message: string, remedy = newToken): Known {
  return { code: "auth-refused", message, remedy };
}

function config(message: string, remedy: string): Known {
  return { code: "config", message, remedy };
}

/** What Slack's error codes mean for a user, and what they can do. */
const known: Readonly<Record<string, Known>> = {
  invalid_auth: auth("Slack does not know the token, or not from this address"),
  not_authed: auth("Slack was given no token"),
  token_revoked: auth("the token was revoked, or the app removed from the workspace"),
  token_expired: auth("the token has expired"),
  account_inactive: auth("the token belongs to a user or workspace that was deleted"),
  not_allowed_token_type: auth("the token is of a kind that may not post messages"),
  invalid_token: auth("the webhook's URL is wrong or was revoked", newWebhook),
  missing_scope: auth(
    "the token lacks a right",
    "Add the scope `chat:write` on the app's page OAuth & Permissions (for channels that the app is not in `chat:write.public`), and install the app again.",
  ),
  no_permission: auth(
    "the token may not post there",
    "Invite the app to the channel: `/invite @app`.",
  ),
  access_denied: auth("the token may not do that", askAdmin),
  ekm_access_denied: auth("an administrator has suspended posting", askAdmin),
  accesslimited: auth(
    "the workspace refuses this runner's address",
    "Allow the runner's addresses for the app, or use a runner of your own.",
  ),
  org_login_required: auth(
    "the workspace is being moved",
    "Try again when the move to an organisation is over.",
  ),
  team_access_not_granted: auth(
    "the app is not allowed in that workspace",
    "Install the app in the workspace of the channel.",
  ),
  channel_not_found: config(
    "there is no such channel, or the app cannot see it",
    "Check the name or take the channel's ID from its details, and for a private channel invite the app: `/invite @app`.",
  ),
  not_in_channel: config(
    "the app is not in the channel",
    "Invite it there: `/invite @app`, or give it the scope `chat:write.public` for public channels.",
  ),
  is_archived: config(
    "the channel is archived",
    "Name another channel in `channel`, or unarchive it.",
  ),
  channel_is_archived: config("the webhook's channel is archived", newWebhook),
  restricted_action: config("the workspace's settings forbid posting there", askAdmin),
  restricted_action_read_only_channel: config("the channel is read-only", askAdmin),
  restricted_action_thread_only_channel: config(
    "the channel takes only replies",
    "Give `thread`, or another channel.",
  ),
  restricted_action_non_threadable_channel: config(
    "the channel takes no replies",
    "Leave `thread` out, or name another channel.",
  ),
  action_prohibited: config("the workspace forbids the webhook to post there", askAdmin),
  posting_to_general_channel_denied: config("only some may post to #general", askAdmin),
  no_service: config("the webhook was removed or is disabled", newWebhook),
  no_service_id: config("the webhook's URL is not complete", newWebhook),
  no_active_hooks: config("the webhook is disabled", newWebhook),
  no_team: config("the webhook's workspace is gone, or its URL not complete", newWebhook),
  team_disabled: config("the webhook's workspace is disabled", askAdmin),
  team_not_found: config("the workspace of the message is gone", newToken),
  user_not_found: config("the user that the webhook posts to is gone", newWebhook),
  message_not_found: config(
    "there is no message with the `ts` that `update` names",
    "Feed `update` and `channel-id` from the outputs of the same step; a message that somebody deleted cannot be edited.",
  ),
  cant_update_message: config(
    "the message that `update` names is not the app's own",
    "Edit with the token that the message was sent with.",
  ),
  edit_window_closed: config(
    "the workspace lets nobody edit so late",
    "Use `thread` instead of `update`, or ask an administrator for a longer time.",
  ),
  is_inactive: config("the channel is archived or frozen", "Name another channel in `channel`."),
  thread_not_found: config(
    "there is no thread with the `ts` that `thread` names",
    "Feed `thread` from the output `thread-ts` of the step that sent the first message.",
  ),
  cannot_reply_to_message: config(
    "the message that `thread` names takes no replies",
    "Leave `thread` out.",
  ),
  invalid_blocks: config("Slack refuses the blocks of the message", report),
  invalid_blocks_format: config("Slack cannot read the blocks of the message", report),
  block_mismatch: config(
    "the message that `update` names is of another kind",
    "Only a message that this action has sent can be edited by it.",
  ),
  invalid_payload: config("Slack cannot read the message", report),
  invalid_arguments: config("Slack refuses what it was asked", report),
  msg_too_long: config("the message is too long for Slack", report),
  msg_blocks_too_long: config("the message is too long for Slack", report),
  too_many_attachments: config("the message has too many parts for Slack", report),
  no_text: config("the message is empty", report),
};

/** Slack's own troubles: trying again may help. */
const passing = new Set([
  ...["ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"],
  ...["request_timeout", "rollup_error", "team_added_to_org", "update_failed"],
  ...["external_channel_migrating", "message_limit_exceeded"],
]);

/** Whether an error with this code may go by itself. */
export function isPassing(code: string): boolean {
  return passing.has(code);
}

/** Whether `text` is one of Slack's codes, as its webhooks answer them. */
export function isSlackCode(text: string): boolean {
  return Object.hasOwn(known, text) || passing.has(text);
}

/** The error for one of Slack's codes; `details` are Slack's own words, on one line. */
export function slackError(code: string, details = ""): BelayError {
  const found = Object.hasOwn(known, code) ? known[code] : undefined;
  const more = details === "" ? "" : `: ${details}`;
  if (found !== undefined) {
    const message = `Slack answered ${code}: ${found.message}${more}`;
    return new BelayError(found.code, message, found.remedy);
  }
  const remedy = passing.has(code)
    ? "Run the job again later; see slack-status.com."
    : `Look the code up on Slack's page of the method chat.postMessage.`;
  return new BelayError("service-failed", `Slack answered ${code}${more}`, remedy);
}
