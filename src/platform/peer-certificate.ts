import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** What a certificate says of itself; dates as `YYYY-MM-DD`. */
export interface PeerCertificate {
  /** The moment of `validTo`, ISO 8601 in UTC; empty where it cannot be read. */
  readonly ends: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly names: readonly string[];
}

/** The certificate that was shown so far; undefined when none was. */
export type CertificateWatch = () => PeerCertificate | undefined;

/**
 * Notes the certificate that the peer of `request` shows, also one that is then refused, so that a reason
 * can say since when it is expired.
 */
export function watchCertificate(request: ClientRequest): CertificateWatch {
  let seen: PeerCertificate | undefined;
  request.once("socket", (socket: Socket) => {
    if (!isSecure(socket)) return;
    // Node judges the certificate in its own listener of "secure" and closes the socket there; after that
    // nobody can ask for it any more.
    socket.prependListener("secure", () => {
      seen = read(socket);
    });
  });
  return () => seen;
}

/** Without the class, so that TLS is loaded only where it is spoken. */
function isSecure(socket: Socket): socket is TLSSocket {
  return "getPeerCertificate" in socket;
}

function read(socket: TLSSocket): PeerCertificate | undefined {
  // Not getPeerX509Certificate: after it Node finds no certificate to judge any more.
  const certificate = socket.getPeerCertificate();
  if (!("valid_to" in certificate)) return undefined;
  return {
    ends: moment(certificate.valid_to),
    validFrom: day(certificate.valid_from),
    validTo: day(certificate.valid_to),
    names: [...(certificate.subjectaltname ?? "").matchAll(/(?:DNS|IP Address):([^,]+)/g)].map(
      ([, name]) => name ?? "",
    ),
  };
}

function moment(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? "" : new Date(time).toISOString();
}

function day(text: string): string {
  return moment(text).slice(0, 10) || text;
}
