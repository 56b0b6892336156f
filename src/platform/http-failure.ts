import { oneLine } from "../kit/one-line.js";
import type { PeerCertificate } from "./peer-certificate.js";

/** Says in one line why no answer came; never holds a URL, which might carry a proxy's password. */
export function failureReason(error: unknown, certificate?: PeerCertificate): string {
  return oneLine(reasonOf(error, certificate), 200);
}

function reasonOf(error: unknown, certificate: PeerCertificate | undefined): string {
  const code = codeOf(error);
  const known = reasons[code];
  if (known !== undefined) return known({ error, certificate });
  if (code.startsWith("HPE_")) return "the answer is no HTTP";
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return handshakeReason(error);
  return code === "" ? firstLine(error) : `${firstLine(error)} (${code})`;
}

/** Certificates that no further try makes better; one of the future may yet become valid. */
const lasting = new Set([
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Whether another try would end the same way. */
export function isLasting(error: unknown): boolean {
  return lasting.has(codeOf(error));
}

interface Failure {
  readonly error: unknown;
  readonly certificate: PeerCertificate | undefined;
}

const selfSigned = (): string => "TLS: certificate is self-signed";
const unknownIssuer = (): string =>
  "TLS: certificate's issuer is not trusted, or the server leaves out its intermediate certificate";
const closed = (): string => "connection closed before the answer was whole";

const reasons: Readonly<Record<string, (failure: Failure) => string>> = {
  ECONNREFUSED: ({ error }) => `connection refused${peers(" by ", error)}`,
  ECONNRESET: ({ error }) =>
    /hang up|aborted/.test(firstLine(error)) ? closed() : "connection reset",
  EPIPE: closed,
  ETIMEDOUT: ({ error }) => `connection timed out${peers(": ", error)}`,
  EHOSTUNREACH: ({ error }) => `host unreachable${peers(": ", error)}`,
  ENETUNREACH: ({ error }) => `network unreachable${peers(": ", error)}`,
  ENOTFOUND: ({ error }) => `name not found${named(error)}`,
  EAI_AGAIN: ({ error }) => `name server does not answer${named(error)}`,
  CERT_HAS_EXPIRED: ({ certificate }) =>
    `TLS: certificate expired${dated(" on ", certificate?.validTo)}`,
  CERT_NOT_YET_VALID: ({ certificate }) =>
    `TLS: certificate is not valid yet${dated(", only from ", certificate?.validFrom)}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: () => "TLS: certificate's issuer is self-signed and not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ certificate }) =>
    `TLS: certificate is for another name${listed(certificate)}`,
  HPE_HEADER_OVERFLOW: () => "the headers of the answer are larger than 16 KiB",
  ERR_PROXY_TUNNEL: ({ error }) => `the proxy refused the way there${statusLine(error)}`,
};

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** Several addresses of one name fail as one AggregateError, each with its own address. */
function peers(lead: string, error: unknown): string {
  const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const known = all.map(addressOf).filter((peer) => peer !== undefined);
  return known.length === 0 ? "" : `${lead}${known.join(" and ")}`;
}

function addressOf(error: unknown): string | undefined {
  if (!(error instanceof Error && "address" in error && "port" in error)) return undefined;
  const address = String(error.address);
  return `${address.includes(":") ? `[${address}]` : address}:${String(error.port)}`;
}

function named(error: unknown): string {
  return error instanceof Error && "hostname" in error ? `: ${String(error.hostname)}` : "";
}

function dated(lead: string, date: string | undefined): string {
  return date === undefined ? "" : `${lead}${date}`;
}

/** What the proxy answered to the request for a tunnel; Node keeps it only in the message. */
function statusLine(error: unknown): string {
  const found = /: (HTTP\/.{1,80})/.exec(firstLine(error));
  return found === null ? "" : `: ${found[1] ?? ""}`;
}

function listed(certificate: PeerCertificate | undefined): string {
  const names = certificate?.names.slice(0, 3) ?? [];
  return names.length === 0 ? "" : `: ${names.join(", ")}`;
}

/** OpenSSL's own words stand only in the message: `error:0A00010B:SSL routines:where:why:file:line:`. */
function handshakeReason(error: unknown): string {
  const why = /:SSL routines:[^:]*:([^:]{1,80})/.exec(firstLine(error))?.[1] ?? "unknown reason";
  const isPlain = why === "wrong version number" || why === "packet length too long";
  return isPlain
    ? "TLS: the port answers, but does not speak TLS"
    : `TLS: the handshake failed: ${why}`;
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/[\r\n]/, 1)[0] ?? "";
}
