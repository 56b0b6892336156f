import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Certificate } from "./certificate.js";

/** A server in this process, on a free port of 127.0.0.1. */
export interface WebServer {
  readonly port: number;
  /** Bytes that were taken from it so far, headers included. */
  readonly sent: () => number;
  readonly stop: () => Promise<void>;
}

/** Starts a server that answers by `listener`; with a certificate it speaks TLS. */
export async function startWebServer(
  listener: RequestListener,
  certificate?: Certificate,
): Promise<WebServer> {
  const server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
  const sockets = new Set<Socket>();
  let closedBytes = 0;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      closedBytes += socket.bytesWritten;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, closedBytes),
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
