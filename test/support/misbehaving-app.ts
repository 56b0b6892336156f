import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Certificate } from "./certificate.js";

/** How an app may answer; each is a path of the server. */
const manners: Readonly<Record<string, (answer: ServerResponse, asked: Asked) => void>> = {
  healthy: (answer) => void answer.end("version abc123 is up"),
  old: (answer) => void answer.end("version 000000 is up"),
  broken: (answer) =>
    void answer.writeHead(500).end("<h1>Traceback</h1>\n\n  KeyError: 'DATABASE'\n"),
  gateway: (answer) => void answer.writeHead(502).end(),
  moved: (answer) => void answer.writeHead(302, { location: "/login" }).end(),
  hang: () => undefined,
  slow: (answer) => void answer.write("version abc123 is"),
  huge: (answer) => pour(answer),
  reset: (answer) => void answer.socket?.resetAndDestroy(),
  half: (answer) => {
    answer.writeHead(200, { "content-length": "100" }).write("half of");
    setTimeout(() => answer.socket?.destroy(), 20);
  },
  garbage: (answer) => void answer.socket?.end("SSH-2.0-OpenSSH_9.2\r\n"),
  headers: (answer, { headers }) => void answer.end(JSON.stringify(headers)),
  flapping: (answer, { count }) => void answer.writeHead(count % 2 === 0 ? 200 : 503).end(),
};

interface Asked {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly count: number;
}

/** A running app; `url` ends without a slash. */
export interface MisbehavingApp {
  readonly url: string;
  /** Requests so far. */
  count(): number;
  stop(): Promise<void>;
}

/** Starts an app on a free port of 127.0.0.1; its path says how it behaves. With a certificate it speaks TLS. */
export async function startMisbehavingApp(certificate?: Certificate): Promise<MisbehavingApp> {
  let count = 0;
  const listener: RequestListener = ({ url, headers }, answer) => {
    count += 1;
    const manner = manners[url?.slice(1) ?? ""];
    if (manner === undefined) answer.writeHead(404).end("no such page");
    else manner(answer, { headers, count });
  };
  const server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: certificate ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    count: () => count,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Writes without end, as fast as it is read. */
function pour(answer: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, "x");
  const more = (): void => {
    while (!answer.destroyed && answer.write(chunk));
  };
  answer.on("drain", more);
  more();
}
