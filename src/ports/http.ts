export interface HttpRequest {
  readonly url: string;
  readonly method?: "GET" | "HEAD" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For connect, headers and body together. */
  readonly timeoutMs: number;
  /** At most this many bytes of the body are kept; default 64 KiB. */
  readonly maxBodyBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Http {
  /** Follows no redirect. Rejects with an `Error` whose message says in one line why no answer came. */
  request(request: HttpRequest): Promise<HttpResponse>;
}
