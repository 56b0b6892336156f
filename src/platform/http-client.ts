import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import type { Http, HttpRequest, HttpResponse } from "../ports/http.js";
import { failureReason } from "./http-failure.js";
import type { CertificateWatch } from "./peer-certificate.js";
import { type Environment, proxied, type Transport } from "./transport.js";

const defaultBodyBytes = 64 * 1024;
const noCertificate: CertificateWatch = () => undefined;

/**
 * Asks through the proxies that `env` names (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`), each request on a
 * connection of its own: a kept one would still reach the process that a deploy has just replaced.
 */
export function httpClient(env: Environment): Http {
  const plain = once(() => Promise.resolve(plainTransport(env)));
  // TLS is loaded when somebody needs it: it takes as long as half of Node's own start.
  const secure = once(async () => (await import("./secure-transport.js")).secureTransport(env));
  return { request: (request) => ask(request, /^https:/i.test(request.url) ? secure : plain) };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function plainTransport(env: Environment): Transport {
  const agent = proxied(() => new Agent({ keepAlive: false, proxyEnv: env }));
  return {
    open: (url, options) => httpRequest(url, { ...options, agent }),
    watch: () => noCertificate,
  };
}

async function ask(
  request: HttpRequest,
  transport: () => Promise<Transport>,
): Promise<HttpResponse> {
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeoutMs)));
  const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
  let answered = false;
  let certificate = noCertificate;
  try {
    const { open, watch } = await transport();
    const sent = start(request, open, signal);
    certificate = watch(sent);
    const answer = await send(sent, request.body);
    answered = true;
    return await read(answer, request.maxBodyBytes ?? defaultBodyBytes);
  } catch (error) {
    if (request.signal?.aborted === true) throw new Error("cancelled", { cause: error });
    if (limit.aborted) throw new Error(lateReason(request.timeoutMs, answered), { cause: error });
    throw new Error(failureReason(error, certificate()), { cause: error });
  }
}

function start(request: HttpRequest, open: Transport["open"], signal: AbortSignal): ClientRequest {
  const headers = { "user-agent": "belay", ...request.headers };
  const sent = open(new URL(request.url), { method: request.method ?? "GET", headers, signal });
  // The connection may fail once more after the answer was read as far as wanted.
  sent.on("error", () => undefined);
  return sent;
}

function send(
  sent: ClientRequest,
  body: string | Uint8Array | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", reject);
    sent.end(body);
  });
}

async function read(answer: IncomingMessage, maxBytes: number): Promise<HttpResponse> {
  const chunks: Uint8Array[] = [];
  let left = maxBytes;
  // Leaving the loop early ends the connection: the rest of a huge body is never sent.
  if (left <= 0) answer.destroy();
  else
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      chunks.push(chunk.subarray(0, left));
      left -= chunk.byteLength;
      if (left <= 0) break;
    }
  return {
    status: answer.statusCode ?? 0,
    headers: flatHeaders(answer),
    body: text(chunks, left <= 0),
  };
}

/** Decodes UTF-8; the character that a cut went through is left out. */
function text(chunks: readonly Uint8Array[], cut: boolean): string {
  return new TextDecoder().decode(Buffer.concat(chunks), { stream: cut });
}

function flatHeaders(answer: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}

function lateReason(timeoutMs: number, answered: boolean): string {
  const limit =
    timeoutMs < 1000
      ? `${String(Math.ceil(timeoutMs))} ms`
      : `${String(Math.round(timeoutMs / 100) / 10)} s`;
  return answered
    ? `the answer began but did not end within ${limit}`
    : `no answer within ${limit}`;
}
