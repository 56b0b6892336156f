// GitHub's cache service in its first protocol, as the client of BuildKit speaks it.
//
// Known, from the sources of @actions/cache and go-actions-cache: the four requests below, 204 for nothing found,
// 409 for a key that is there, keys found by prefix with the newest first, an archive that is read by ranges, and a
// token whose claim `ac` lists scopes with permissions (3: read and write).
// Assumed: nothing is ever evicted.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type CacheTrouble = "down" | "corrupt" | "refusing";

/** A cache service on 127.0.0.1, with the variables that lead there. */
export interface GitHubCache {
  readonly variables: Readonly<Record<string, string>>;
  readonly token: string;
  /** The keys of all that it holds. */
  keys(): readonly string[];
  /** From now on it answers 500, or archives of other bytes, or 403; or nobody listens any more. */
  trouble(kind: CacheTrouble): void;
  stop(): Promise<void>;
}

interface Entry {
  readonly key: string;
  readonly version: string;
  /** In any order: clients send several at a time. */
  readonly pieces: { readonly from: number; readonly bytes: Buffer }[];
  isWhole: boolean;
}

const access = JSON.stringify([{ Scope: "refs/heads/main", Permission: 3 }]);
const encoded = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** Starts an empty one. */
export async function startGitHubCache(): Promise<GitHubCache> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { ac: access, nbf: now - 60, exp: now + 3600 };
  const token = `${encoded({ alg: "none" })}.${encoded(claims)}.c2lnbmVk`;
  const entries: Entry[] = [];
  let trouble: CacheTrouble | undefined;
  const server = createServer((asked, answer) => {
    void buffer(asked).then((body) => {
      if (trouble === "refusing") answer.writeHead(403).end("{}");
      else if (asked.headers.authorization !== `Bearer ${token}` && !isArchive(asked))
        answer.writeHead(401).end("{}");
      else serve(asked, body, answer, entries, trouble === "corrupt");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return {
    variables: {
      ACTIONS_RUNTIME_TOKEN: token,
      ACTIONS_CACHE_URL: `http://127.0.0.1:${String(port)}/`,
    },
    token,
    keys: () => entries.map(({ key }) => key),
    trouble: (kind) => {
      trouble = kind;
      if (kind === "down") void stop();
      else if (!server.listening) server.listen(port, "127.0.0.1");
    },
    stop: () => (server.listening ? stop() : Promise.resolve()),
  };
}

function isArchive({ url = "" }: IncomingMessage): boolean {
  return url.startsWith("/archives/");
}

function serve(
  { method = "", url = "", headers }: IncomingMessage,
  body: Buffer,
  answer: ServerResponse,
  entries: Entry[],
  corrupt: boolean,
): void {
  const { pathname, searchParams } = new URL(url, `http://${headers.host ?? ""}`);
  const path = pathname.replace("/_apis/artifactcache/", "");
  const [, id = ""] = /^caches\/(\d+)$/.exec(path) ?? [];
  // The client takes 0 for no id.
  const entry = entries[Number(id) - 1];
  const reply = (status: number, value?: unknown): void =>
    void answer
      .writeHead(status, { "content-type": "application/json" })
      .end(value === undefined ? "" : JSON.stringify(value));
  if (method === "GET" && path === "cache") {
    const found = find(entries, searchParams);
    const at = `http://${headers.host ?? ""}/archives/${String(found)}`;
    if (found < 0) reply(204);
    else reply(200, { cacheKey: entries[found]?.key, archiveLocation: at });
  } else if (method === "POST" && path === "caches") {
    reply(...reserve(entries, JSON.parse(body.toString()) as Entry));
  } else if (method === "PATCH" && entry !== undefined) {
    const [, from = "0"] = /bytes (\d+)-/.exec(headers["content-range"] ?? "") ?? [];
    entry.pieces.push({ from: Number(from), bytes: body });
    reply(204);
  } else if (method === "POST" && entry !== undefined) {
    entry.isWhole = true;
    reply(204);
  } else if (pathname.startsWith("/archives/")) {
    sendArchive(entries[Number(pathname.split("/")[2])], headers.range, answer, corrupt);
  } else reply(404);
}

function find(entries: readonly Entry[], query: URLSearchParams): number {
  const version = query.get("version");
  for (const wanted of (query.get("keys") ?? "").split(",")) {
    const found = entries.findLastIndex(
      (one) => one.isWhole && one.version === version && one.key.startsWith(wanted),
    );
    if (found >= 0) return found;
  }
  return -1;
}

function reserve(
  entries: Entry[],
  { key, version }: Pick<Entry, "key" | "version">,
): [number, unknown] {
  if (entries.some((one) => one.key === key && one.version === version))
    return [409, { message: "already there" }];
  entries.push({ key, version, pieces: [], isWhole: false });
  return [201, { cacheId: entries.length }];
}

function sendArchive(
  entry: Entry | undefined,
  range: string | undefined,
  answer: ServerResponse,
  corrupt: boolean,
): void {
  const pieces = [...(entry?.pieces ?? [])].sort((one, other) => one.from - other.from);
  const whole = Buffer.concat(pieces.map(({ bytes }) => bytes));
  const bytes = corrupt ? Buffer.alloc(whole.byteLength, "no archive ") : whole;
  const [, from = "0", to = ""] = /bytes=(\d+)-(\d*)/.exec(range ?? "") ?? [];
  const last = to === "" ? bytes.byteLength - 1 : Math.min(Number(to), bytes.byteLength - 1);
  const part = bytes.subarray(Number(from), last + 1);
  const content = `bytes ${from}-${String(last)}/${String(bytes.byteLength)}`;
  answer.writeHead(range === undefined ? 200 : 206, { "content-range": content }).end(part);
}
