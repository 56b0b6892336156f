import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { itemsOf, memberAt, parseJson, textAt } from "../../src/kit/json.js";

/** A cache service on 127.0.0.1 that speaks GitHub's protocol, in its older form or the present one. */
export interface CacheService {
  /** What a job with this service has in its environment. */
  readonly facts: Readonly<Record<string, string>>;
  /** What is kept, by key. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Keeps only the first part of what was saved under the keys that begin so. */
  damage(prefix: string, share: number): void;
  remove(prefix: string): void;
  stop(): Promise<void>;
}

interface Entry {
  readonly key: string;
  readonly version: string;
  readonly at: number;
  bytes: Buffer;
  isWhole: boolean;
}

/** Starts it with nothing in it. */
export async function startCacheService(protocol: "v1" | "v2" = "v2"): Promise<CacheService> {
  const service = new Service();
  const server = createServer((request, response) => void service.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  service.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  const v2 = { ACTIONS_RESULTS_URL: service.url, ACTIONS_CACHE_SERVICE_V2: "true" };
  return {
    facts: {
      ACTIONS_RUNTIME_TOKEN: "cache-token",
      ...(protocol === "v2" ? v2 : { ACTIONS_CACHE_URL: service.url }),
    },
    entries: service.entries,
    damage: (prefix, share) => {
      for (const entry of service.entries.values())
        if (entry.key.startsWith(prefix))
          entry.bytes = entry.bytes.subarray(0, entry.bytes.length * share);
    },
    remove: (prefix) => {
      for (const key of service.entries.keys())
        if (key.startsWith(prefix)) service.entries.delete(key);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Service {
  readonly entries = new Map<string, Entry>();
  readonly #blocks = new Map<string, Buffer>();
  url = "";

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.url);
    const body = await buffer(request);
    const call = url.pathname.split("/").at(-1) ?? "";
    if (url.pathname.startsWith("/twirp/")) this.#twirp(call, body, response);
    else if (url.pathname.startsWith("/blobs/")) this.#blob(request, url, body, response);
    else this.#older(request, url, body, response);
  }

  #twirp(call: string, body: Buffer, response: ServerResponse): void {
    const wanted = parseJson(body.toString());
    const [key, version] = [textAt(wanted, "key"), textAt(wanted, "version")];
    if (call === "CreateCacheEntry") {
      const ok = this.#create(key, version);
      send(response, 200, { ok, signed_upload_url: this.#blobUrl(key), message: "" });
    } else if (call === "FinalizeCacheEntryUpload") {
      const entry = this.entries.get(key);
      if (entry !== undefined) entry.isWhole = true;
      send(response, 200, { ok: entry !== undefined, entry_id: "1", message: "" });
    } else {
      const prefixes = itemsOf(memberAt(wanted, "restore_keys")).filter(
        (one) => typeof one === "string",
      );
      const found = this.#find([key, ...prefixes], version);
      const download = found && {
        signed_download_url: this.#blobUrl(found.key),
        matched_key: found.key,
      };
      send(response, 200, {
        ok: found !== undefined,
        signed_download_url: "",
        matched_key: "",
        ...download,
      });
    }
  }

  /** As Azure's store: whole, or in blocks that a list puts in order. */
  #blob(request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): void {
    const key = decodeURIComponent(url.pathname.slice("/blobs/".length));
    const part = url.searchParams.get("comp");
    if (request.method !== "PUT") {
      this.#download(request, key, response);
    } else if (part === "block") {
      this.#blocks.set(`${key} ${url.searchParams.get("blockid") ?? ""}`, body);
      send(response, 201, undefined);
    } else {
      const ids = [...body.toString().matchAll(/<Latest>([^<]*)</g)].map(([, id]) => id ?? "");
      const blocks = ids.map((id) => this.#blocks.get(`${key} ${id}`) ?? Buffer.alloc(0));
      const entry = this.entries.get(key);
      if (entry !== undefined) entry.bytes = part === "blocklist" ? Buffer.concat(blocks) : body;
      send(response, 201, undefined);
    }
  }

  #older(request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): void {
    const key = decodeURIComponent(url.pathname.split("/").at(-1) ?? "");
    if (request.method === "GET") {
      const keys = (url.searchParams.get("keys") ?? "").split(",");
      const found = this.#find(keys, url.searchParams.get("version") ?? "");
      if (found === undefined) send(response, 204, undefined);
      else send(response, 200, { archiveLocation: this.#blobUrl(found.key), cacheKey: found.key });
    } else if (url.pathname.endsWith("/caches")) {
      const wanted = parseJson(body.toString());
      const isNew = this.#create(textAt(wanted, "key"), textAt(wanted, "version"));
      send(response, isNew ? 201 : 409, isNew ? { cacheId: [...this.entries].length } : {});
    } else {
      this.#upload(request, Number(key), body);
      send(response, 204, undefined);
    }
  }

  #upload(request: IncomingMessage, id: number, body: Buffer): void {
    const entry = [...this.entries.values()][id - 1];
    if (entry === undefined) return;
    if (request.method === "POST") {
      entry.isWhole = true;
      return;
    }
    const from = Number(/bytes (\d+)-/.exec(request.headers["content-range"] ?? "")?.[1] ?? 0);
    const bytes = Buffer.alloc(Math.max(entry.bytes.length, from + body.length));
    entry.bytes.copy(bytes);
    body.copy(bytes, from);
    entry.bytes = bytes;
  }

  #download(request: IncomingMessage, key: string, response: ServerResponse): void {
    const bytes = this.entries.get(key)?.bytes ?? Buffer.alloc(0);
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
    const from = Number(range?.[1] ?? 0);
    const to = Math.min(Number(range?.[2] || bytes.length - 1), bytes.length - 1);
    const part = bytes.subarray(from, to + 1);
    response.writeHead(range === null ? 200 : 206, {
      "content-length": part.length,
      "content-range": `bytes ${String(from)}-${String(to)}/${String(bytes.length)}`,
      "accept-ranges": "bytes",
    });
    response.end(request.method === "HEAD" ? undefined : part);
  }

  #create(key: string, version: string): boolean {
    if (this.entries.has(key)) return false;
    const at = this.entries.size;
    this.entries.set(key, { key, version, at, bytes: Buffer.alloc(0), isWhole: false });
    return true;
  }

  /** The first that is exactly so, else the newest that begins so. */
  #find(keys: readonly string[], version: string): Entry | undefined {
    const whole = [...this.entries.values()].filter(
      (one) => one.isWhole && one.version === version,
    );
    const newestFirst = whole.sort((a, b) => b.at - a.at);
    for (const key of keys) {
      const exact = newestFirst.find((one) => one.key === key);
      const found = exact ?? newestFirst.find((one) => one.key.startsWith(key));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #blobUrl(key: string): string {
    return `${this.url}blobs/${encodeURIComponent(key)}`;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", etag: '"1"' });
  response.end(text);
}
