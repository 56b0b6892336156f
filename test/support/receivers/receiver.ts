import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";

/** A request that came in. */
export interface Received {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked. */
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What a service does instead of its work: answers something else, says nothing, or hangs up. */
export type Trouble = Reply | "silence" | "reset";

/** A service that tests run instead of the real one. */
export interface Receiver {
  /** Without a slash at the end. */
  readonly url: string;
  readonly received: readonly Received[];
  /** The next requests meet these troubles in turn; the last one stays when `forever`. */
  trouble(troubles: readonly Trouble[], forever?: boolean): void;
  stop(): Promise<void>;
}

/** Starts a service on a free port of 127.0.0.1 that answers as `serve` says. */
export async function startReceiver(serve: (request: Received) => Reply): Promise<Receiver> {
  const received: Received[] = [];
  const troubles: Trouble[] = [];
  let keepsLast = false;
  const next = (): Trouble | undefined =>
    keepsLast && troubles.length === 1 ? troubles[0] : troubles.shift();
  const sockets = new Set<Socket>();
  const server = createServer((asked, answer) => {
    const { method = "", url: path = "", headers } = asked;
    const isPacked = headers["content-encoding"] === "gzip";
    void text(isPacked ? asked.pipe(createGunzip()) : asked).then((body) => {
      const request = { method, path, headers, body };
      received.push(request);
      act(next() ?? serve(request), answer);
    });
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    trouble: (more, forever = false) => {
      troubles.splice(0, troubles.length, ...more);
      keepsLast = forever;
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

function act(trouble: Trouble, answer: ServerResponse): void {
  if (trouble === "silence") return;
  if (trouble === "reset") answer.socket?.resetAndDestroy();
  else answer.writeHead(trouble.status, trouble.headers).end(trouble.body ?? "");
}

/** An answer as JSON. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}
