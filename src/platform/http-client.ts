import * as http from "node:http";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type Http, type HttpRequest, type HttpResponse, NoAnswer } from "../ports/http.js";
import type { DialTarget } from "../ports/dial.js";
import { failureReason, isLasting } from "./http-failure.js";
import { https, tls } from "./tls-modules.js";
import { type CertificateWatch, watchCertificate } from "./peer-certificate.js";

const defaultBodyBytes = 64 * 1024;
const noCertificate: CertificateWatch = () => undefined;

export interface HttpClientOptions {
  /** Whether connections serve several requests; they never keep the process alive. Default false. */
  readonly keepAlive?: boolean;
}

/**
 * Asks through the proxies that `env` names (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`), each request on a
 * connection of its own unless told otherwise: a kept one would still reach the process that a deploy has
 * just replaced.
 */
export function httpClient(
  env: Readonly<Record<string, string | undefined>>,
  { keepAlive = false }: HttpClientOptions = {},
): Http {
  let agents: Agents | undefined;
  return { request: (request) => ask(request, () => (agents ??= makeAgents(env, keepAlive))) };
}

interface Agents {
  readonly http: http.Agent;
  readonly https: () => HttpsAgent;
}

function makeAgents(
  proxyEnv: Readonly<Record<string, string | undefined>>,
  keepAlive: boolean,
): Agents {
  const options = { keepAlive, proxyEnv };
  let secure: HttpsAgent | undefined;
  try {
    return {
      http: new http.Agent(options),
      https: () => (secure ??= new (https().Agent)(options)),
    };
  } catch {
    // No cause: Node's message quotes the variable, and it may hold a password.
    throw new Error("the proxy variable of the environment is no usable URL");
  }
}

async function ask(request: HttpRequest, agents: () => Agents): Promise<HttpResponse> {
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeoutMs)));
  const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
  let answered = false;
  let certificate = noCertificate;
  try {
    const stream = await request.dial?.(targetOf(request.url), signal);
    const sent = open(request, stream ?? agents(), signal);
    certificate = watchCertificate(sent);
    const answer = await send(sent, request.body);
    answered = true;
    const whole = await read(answer, request.maxBodyBytes ?? defaultBodyBytes);
    const ends = certificate()?.ends;
    return ends === undefined ? whole : { ...whole, certificateEnds: ends };
  } catch (cause) {
    if (request.signal?.aborted === true) throw new NoAnswer("cancelled", { cause });
    if (limit.aborted) throw new NoAnswer(lateReason(request.timeoutMs, answered), { cause });
    throw new NoAnswer(failureReason(cause, certificate()), { lasting: isLasting(cause), cause });
  }
}

function targetOf(text: string): DialTarget {
  const { hostname, port, protocol } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}

function open(request: HttpRequest, way: Agents | Duplex, signal: AbortSignal): ClientRequest {
  const url = new URL(request.url);
  const headers = { "user-agent": "belay", ...request.headers };
  const secure = {
    ...(request.ca !== undefined && { ca: request.ca }),
    ...(request.serverName !== undefined && { servername: request.serverName }),
  };
  const options = { method: request.method ?? "GET", headers, signal, ...secure };
  const isSecure = url.protocol === "https:";
  const sent =
    "read" in way
      ? overStream(url, { ...options, stream: isSecure ? secured(way, url, secure) : way })
      : isSecure
        ? https().request(url, { ...options, agent: way.https() })
        : http.request(url, { ...options, agent: way.http });
  // The connection may fail once more after the answer was read as far as wanted.
  sent.on("error", () => undefined);
  return sent;
}

interface Secure {
  readonly ca?: string;
  readonly servername?: string;
}

/** TLS on a stream that somebody else opened. */
function secured(stream: Duplex, { hostname }: URL, secure: Secure): Duplex {
  const host = hostname.replace(/^\[|\]$/g, "");
  // An address is no name to ask for, but the certificate must be for it all the same.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return tls().connect({ socket: stream, host, ...name, ...secure });
}

function overStream(
  url: URL,
  { stream, ...options }: RequestOptions & { readonly stream: Duplex },
): ClientRequest {
  const { request } = url.protocol === "https:" ? https() : http;
  const sent = request(url, { ...options, createConnection: () => stream });
  // Nobody keeps the connection, and nobody else would close it.
  sent.once("close", () => stream.destroy());
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
  const bytes = Buffer.concat(chunks);
  return {
    status: answer.statusCode ?? 0,
    headers: flatHeaders(answer),
    body: text(bytes, left <= 0),
    bytes,
  };
}

/** Decodes UTF-8; the character that a cut went through is left out. */
function text(bytes: Uint8Array, cut: boolean): string {
  return new TextDecoder().decode(bytes, { stream: cut });
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
