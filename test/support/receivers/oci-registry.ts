// A registry by the OCI's distribution specification, as far as images are read and tagged.
//
// Known, from the specification and Docker's page on token authentication: the paths, digests of bytes, 404 and 400
// MANIFEST_BLOB_UNKNOWN, ranges of blobs, `WWW-Authenticate` with realm, service and scope, a token that runs out.
// Assumed: blobs are served by the registry itself unless `elsewhere` is set, as GHCR's are.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface OciRegistryOptions {
  /** Default `token`. */
  readonly auth?: "none" | "basic" | "token";
  /** A token serves so many requests; default: all. */
  readonly tokenServes?: number;
  /** Blobs are redirected to another host, which must not see the login. */
  readonly elsewhere?: boolean;
}

export interface RegistryReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OciRegistry {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  /** `METHOD path status`, in order. */
  readonly requests: readonly string[];
  readonly manifests: Map<string, StoredImage>;
  readonly blobs: Map<string, Buffer>;
  /** What the other host was shown of the login. */
  readonly leaked: readonly string[];
  /** Asked before each request: a reply of its own takes the place of the registry's. */
  before: (method: string, path: string) => RegistryReply | undefined;
  /** The digest that a tag names; empty: none. */
  digestOf(tag: string): string;
  stop(): Promise<void>;
}

export interface StoredImage {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Starts an empty one that holds the repository `ada/climbing`. */
export async function startOciRegistry(options: OciRegistryOptions = {}): Promise<OciRegistry> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const requests: string[] = [];
  const registry: OciRegistry = {
    address: `127.0.0.1:${String(port)}`,
    username: "ada",
    password: "pass-word-of-the-registry",
    requests,
    manifests: new Map(),
    blobs: new Map(),
    leaked: [],
    before: () => undefined,
    digestOf: (tag) => {
      const found = registry.manifests.get(tag);
      return found === undefined ? "" : sha256(found.bytes);
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const tokens = new Map<string, number>();
  server.on("request", (asked: IncomingMessage, answer: ServerResponse) => {
    answer.on("finish", () =>
      requests.push(`${asked.method ?? ""} ${asked.url ?? ""} ${String(answer.statusCode)}`),
    );
    void buffer(asked).then((body) => serve(registry, options, tokens, asked, body, answer));
  });
  return registry;
}

function serve(
  registry: OciRegistry,
  options: OciRegistryOptions,
  tokens: Map<string, number>,
  asked: IncomingMessage,
  body: Buffer,
  answer: ServerResponse,
): void {
  const { method = "", url = "", headers } = asked;
  const { pathname, searchParams } = new URL(url, "http://registry");
  const reply = ({ status, headers: more, body: text = "" }: RegistryReply): void =>
    void answer.writeHead(status, more).end(text);
  const own = registry.before(method, pathname);
  const authorization = headers.authorization ?? "";
  if (own !== undefined) reply(own);
  else if (pathname === "/token")
    reply(token(registry, options, tokens, authorization, searchParams));
  else if (pathname.startsWith("/elsewhere/")) {
    if (authorization !== "") (registry.leaked as string[]).push(authorization);
    sendBlob(registry.blobs.get(pathname.slice("/elsewhere/".length)), headers.range, answer);
  } else if (!isAllowed(registry, options, tokens, authorization))
    reply({ status: 401, headers: { "www-authenticate": challenge(registry, options) } });
  else if (pathname === "/v2/") reply({ status: 200, body: "{}" });
  else if (pathname.includes("/manifests/")) serveManifest(registry, asked, pathname, body, answer);
  else if (options.elsewhere === true)
    reply({
      status: 307,
      headers: {
        location: `http://localhost:${registry.address.split(":")[1] ?? ""}/elsewhere/${lastOf(pathname)}`,
      },
    });
  else sendBlob(registry.blobs.get(lastOf(pathname)), headers.range, answer);
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function basicOf({ username, password }: OciRegistry): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function challenge({ address }: OciRegistry, { auth = "token" }: OciRegistryOptions): string {
  if (auth === "basic") return 'Basic realm="the registry"';
  return `Bearer realm="http://${address}/token",service="the registry",scope="repository:ada/climbing:pull"`;
}

function token(
  registry: OciRegistry,
  { tokenServes = Infinity }: OciRegistryOptions,
  tokens: Map<string, number>,
  authorization: string,
  query: URLSearchParams,
): RegistryReply {
  const asksRight =
    query.get("service") === "the registry" &&
    query.get("scope") === "repository:ada/climbing:pull,push";
  if (authorization !== basicOf(registry)) return { status: 401, body: '{"details":"no"}' };
  if (!asksRight) return { status: 400, body: "wrong scope" };
  const name = `token-${String(tokens.size + 1)}`;
  tokens.set(name, tokenServes);
  return { status: 200, body: JSON.stringify({ token: name }) };
}

function isAllowed(
  registry: OciRegistry,
  { auth = "token" }: OciRegistryOptions,
  tokens: Map<string, number>,
  authorization: string,
): boolean {
  if (auth === "none") return true;
  if (auth === "basic") return authorization === basicOf(registry);
  const name = authorization.replace("Bearer ", "");
  const left = tokens.get(name) ?? 0;
  tokens.set(name, left - 1);
  return left > 0;
}

function serveManifest(
  registry: OciRegistry,
  { method, headers }: IncomingMessage,
  path: string,
  body: Buffer,
  answer: ServerResponse,
): void {
  const reference = lastOf(path);
  if (method === "PUT") {
    const missing = partsOf(body).find(
      (digest) => !registry.manifests.has(digest) && !registry.blobs.has(digest),
    );
    if (missing !== undefined) {
      const error = { code: "MANIFEST_BLOB_UNKNOWN", message: "blob unknown", detail: missing };
      answer.writeHead(400).end(JSON.stringify({ errors: [error] }));
      return;
    }
    const image = { bytes: body, mediaType: headers["content-type"] ?? "" };
    registry.manifests.set(reference, image).set(sha256(body), image);
    answer.writeHead(201).end();
    return;
  }
  const found = registry.manifests.get(reference);
  if (found === undefined) answer.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
  else answer.writeHead(200, { "content-type": found.mediaType }).end(found.bytes);
}

interface Parts {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

function partsOf(body: Buffer): readonly string[] {
  const { config, layers = [], manifests = [] } = JSON.parse(body.toString()) as Parts;
  return [...(config === undefined ? [] : [config]), ...layers, ...manifests].map(
    ({ digest }) => digest,
  );
}

function sendBlob(
  blob: Buffer | undefined,
  range: string | undefined,
  answer: ServerResponse,
): void {
  if (blob === undefined) {
    answer.writeHead(404).end('{"errors":[{"code":"BLOB_UNKNOWN"}]}');
    return;
  }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (from === undefined) answer.writeHead(200).end(blob);
  else answer.writeHead(206).end(blob.subarray(Number(from), Number(to) + 1));
}
