import { BelayError } from "../kit/errors.js";
import { formatDuration } from "../kit/duration.js";
import { type SshTarget, targetName } from "../kit/ssh-target.js";
import type { HostKey } from "./ssh-host-key.js";

/** The server could not be reached, or did not speak SSH to the end of the login; worth another try. */
export function unreachable(target: SshTarget, failure: unknown, timeoutMs: number): BelayError {
  const { message, remedy } = whyUnreachable(failure, timeoutMs);
  return new BelayError("host-unreachable", `${targetName(target)} ${message}`, remedy, {
    cause: failure,
  });
}

/** No pinned key for this host. `lines` is what the log shows of it. */
export function hostKeyUnknown(
  target: SshTarget,
  offered: readonly HostKey[],
  line: string,
): BelayError {
  const prints = offered.map(({ type, fingerprint }) => `${type} ${fingerprint}`).join(", ");
  return new BelayError(
    "host-key-unknown",
    `no host key is pinned for ${targetName(target)}, which shows ${prints}`,
    `Compare a fingerprint with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the server, then set \`known-hosts\` to its line: ${line}`,
  );
}

/** The host shows another key than the pinned ones. */
export function hostKeyChanged(
  target: SshTarget,
  pinned: readonly string[],
  offered: readonly HostKey[],
): BelayError {
  const shown = offered.map(({ type, fingerprint }) => `${fingerprint} (${type})`).join(", ");
  return new BelayError(
    "host-key-changed",
    `the host key of ${targetName(target)} is not the pinned one: it shows ${shown}, pinned is ${pinned.join(", ")}`,
    "If the server was set up anew, verify its key there and pin the new one; otherwise somebody may stand between: do not deploy.",
  );
}

/** The host shows a key that `known-hosts` revokes. */
export function hostKeyRevoked(target: SshTarget, { fingerprint }: HostKey): BelayError {
  return new BelayError(
    "host-key-changed",
    `the host key of ${targetName(target)}, ${fingerprint}, is marked @revoked in \`known-hosts\``,
    "Give the server a new host key and pin that one; until then do not deploy.",
  );
}

/** What was tried to log in. */
export interface Refusal {
  /** The methods that the server still takes. */
  readonly accepted: readonly string[];
  readonly tried: readonly string[];
  /** `ssh-ed25519 AAAA…`, when a key was tried. */
  readonly publicKey?: string;
}

/** The server refused the login. */
export function authRefused(
  target: SshTarget,
  { accepted, tried, publicKey }: Refusal,
): BelayError {
  const takes = accepted.length === 0 ? "" : `, it takes ${accepted.join(" or ")}`;
  const message = `${targetName(target)} refused the login by ${tried.join(" and ") || "any method"}${takes}`;
  return new BelayError("auth-refused", message, refusedRemedy(target, accepted, publicKey));
}

function refusedRemedy(
  { username }: SshTarget,
  accepted: readonly string[],
  publicKey: string | undefined,
): string {
  if (publicKey === undefined) {
    return accepted.includes("publickey")
      ? "Check the user name and `password`, or give a `private-key`."
      : "Check the user name and `password`.";
  }
  if (accepted.length > 0 && !accepted.includes("publickey")) {
    return "Allow keys on the server (PubkeyAuthentication yes), or check the user name and `password`.";
  }
  return `Check the user name, and that ~${username}/.ssh/authorized_keys (owned by the user, writable by nobody else) has the line: ${publicKey}`;
}

/** The connection is gone. */
export function connectionLost(name: string, why: string, cause?: unknown): BelayError {
  const remedy =
    "Run the job again; what was under way at the server goes on or is undone there by itself.";
  return new BelayError("connection-lost", `the connection to ${name} was lost: ${why}`, remedy, {
    cause,
  });
}

interface Reason {
  readonly message: string;
  readonly remedy: string;
}

const firewall =
  "Check host and port, and that firewalls let the runner through (GitHub's own runners change their address).";

function whyUnreachable(failure: unknown, timeoutMs: number): Reason {
  const { code, level, message } = failure as {
    code?: unknown;
    level?: unknown;
    message?: unknown;
  };
  if (code === "ECONNREFUSED") {
    return {
      message: "refused the connection",
      remedy: "Check host and port, and that sshd runs there.",
    };
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return {
      message: "cannot be found: its name does not resolve",
      remedy: "Check the name in `host`, or give an address.",
    };
  }
  if (code === "ETIMEDOUT" || level === "client-timeout") {
    return { message: `did not answer within ${formatDuration(timeoutMs)}`, remedy: firewall };
  }
  const why =
    [message, code].find((text): text is string => typeof text === "string" && text !== "") ??
    "no reason given";
  return { message: `could not be reached: ${why.split("\n", 1)[0] ?? ""}`, remedy: firewall };
}
