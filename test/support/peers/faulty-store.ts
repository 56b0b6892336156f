import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectStore } from "./versitygw.js";

/** What becomes of a request on its way to the store. */
export type StoreFault =
  /** Answered in the store's place, its body read to the end. */
  | { readonly status: number; readonly code: string; readonly body?: string }
  /** The connection is reset when so many bytes of the request's body have passed. */
  | { readonly cutRequestAfter: number }
  /** The same with the answer's. */
  | { readonly cutAnswerAfter: number }
  /** One bit of the answer's body is another. */
  | { readonly flipAnswerAt: number };

/** A request that has come, as a rule sees it. */
export interface StoreRequest {
  readonly method: string;
  /** The path with the bucket in front, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** An object store behind a line that misbehaves when told. Signatures hold: they name this address. */
export interface FaultyStore {
  readonly endpoint: string;
  /** All requests so far. */
  readonly requests: readonly StoreRequest[];
  /** How many bodies were on their way side by side, at most. */
  readonly mostAtOnce: number;
  /** From now on `rule` decides about each request; undefined lets it pass. */
  misbehave(rule: (request: StoreRequest) => StoreFault | undefined): void;
  /** Everything passes again, and the list of requests begins anew. */
  behave(): void;
  stop(): Promise<void>;
}

/** Stands before `store`; bodies of requests pass at `bytesPerSecond` each. */
export async function startFaultyStore(
  store: ObjectStore,
  { bytesPerSecond = Infinity }: { readonly bytesPerSecond?: number } = {},
): Promise<FaultyStore> {
  const target = new URL(store.endpoint);
  let rule: (request: StoreRequest) => StoreFault | undefined = () => undefined;
  const requests: StoreRequest[] = [];
  const atOnce = { now: 0, most: 0 };

  const server = createServer((near, answer) => {
    const asked = readRequest(near);
    requests.push(asked);
    const fault = rule(asked);
    if (asked.method === "PUT") count(near, atOnce);
    if (fault !== undefined && "status" in fault) refuse(near, answer, fault);
    else pass(near, answer, target, fault, bytesPerSecond);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    get mostAtOnce() {
      return atOnce.most;
    },
    misbehave: (next) => {
      rule = next;
    },
    behave: () => {
      rule = () => undefined;
      requests.length = 0;
      atOnce.most = 0;
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function readRequest({ method = "", url = "/" }: IncomingMessage): StoreRequest {
  const { pathname, searchParams } = new URL(url, "http://store");
  return { method, path: decodeURIComponent(pathname), query: searchParams };
}

function count(near: IncomingMessage, atOnce: { now: number; most: number }): void {
  atOnce.now += 1;
  atOnce.most = Math.max(atOnce.most, atOnce.now);
  near.once("close", () => {
    atOnce.now -= 1;
  });
}

function refuse(
  near: IncomingMessage,
  answer: ServerResponse,
  {
    status,
    code,
    body,
  }: { readonly status: number; readonly code: string; readonly body?: string },
): void {
  near.resume();
  near.once("end", () => {
    answer.writeHead(status, { "content-type": "application/xml" });
    answer.end(body ?? `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
  });
}

function pass(
  near: IncomingMessage,
  answer: ServerResponse,
  target: URL,
  fault: StoreFault | undefined,
  bytesPerSecond: number,
): void {
  const cut = (): void => {
    far.destroy();
    near.socket.resetAndDestroy();
  };
  const far = httpRequest(
    {
      host: target.hostname,
      port: target.port,
      method: near.method,
      path: near.url,
      headers: near.headers,
    },
    (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      const changed =
        fault !== undefined && "flipAnswerAt" in fault
          ? flipped(fault.flipAnswerAt)
          : cutting(
              fault !== undefined && "cutAnswerAfter" in fault ? fault.cutAnswerAfter : Infinity,
              cut,
            );
      reply.pipe(changed).pipe(answer);
    },
  );
  far.once("error", cut);
  const after =
    fault !== undefined && "cutRequestAfter" in fault ? fault.cutRequestAfter : Infinity;
  near.pipe(slow(bytesPerSecond)).pipe(cutting(after, cut)).pipe(far);
}

/** Passes so many bytes on, then calls `cut`. */
function cutting(bytes: number, cut: () => void): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      left -= chunk.length;
      if (left < 0) cut();
      else done(null, chunk);
    },
  });
}

function flipped(at: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const here = at - seen;
      seen += chunk.length;
      if (here >= 0 && here < chunk.length) chunk[here] = (chunk[here] ?? 0) ^ 1;
      done(null, chunk);
    },
  });
}

function slow(bytesPerSecond: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      void sleep((chunk.length / bytesPerSecond) * 1000).then(() => {
        done(null, chunk);
      });
    },
  });
}
