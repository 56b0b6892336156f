import type { Dial } from "./dial.js";

export interface HttpRequest {
  readonly url: string;
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For connect, headers and body together. */
  readonly timeoutMs: number;
  /** At most this many bytes of the body are kept; default 64 KiB. */
  readonly maxBodyBytes?: number;
  readonly signal?: AbortSignal | undefined;
  /** PEM of the authorities that are trusted instead of the usual ones. */
  readonly ca?: string | undefined;
  /** The name that the certificate must be for; default the URL's host. */
  readonly serverName?: string | undefined;
  /** How the host is reached, without any proxy; default: from this machine. */
  readonly dial?: Dial | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The same as it came, for what is no text or must be sent on unchanged. */
  readonly bytes?: Uint8Array;
  /** The end of the certificate's validity, ISO 8601 in UTC; only over TLS. */
  readonly certificateEnds?: string;
}

/** Why no answer came, in one line. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** Another try would end the same way: the certificate is not one that may be trusted. */
  readonly lasting: boolean;

  constructor(reason: string, options: { readonly lasting?: boolean; readonly cause?: unknown }) {
    super(reason, { cause: options.cause });
    this.lasting = options.lasting ?? false;
  }
}

export interface Http {
  /** Follows no redirect. Rejects with an `Error`, mostly a `NoAnswer`, whose message says in one line why no answer came. */
  request(request: HttpRequest): Promise<HttpResponse>;
}
