import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { tcpClient } from "../../../src/platform/tcp-client.js";
import { freePort } from "../../support/free-port.js";

let server: Server | undefined;
afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function listen(): Promise<number> {
  const made = (server = createServer((socket) => socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  const address = made.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

describe("a port", () => {
  it("that takes connections is open, and none of ours is left on it", async () => {
    const port = await listen();
    await tcpClient.touch({ host: "localhost", port, timeoutMs: 2000 });
    await tcpClient.touch({ host: "127.0.0.1", port, timeoutMs: 2000 });
    // Closing waits for every connection that is still open.
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
  });

  it("that nobody listens on is named with its address", async () => {
    const port = await freePort();
    await expect(tcpClient.touch({ host: "127.0.0.1", port, timeoutMs: 2000 })).rejects.toThrow(
      `connection refused by 127.0.0.1:${String(port)}`,
    );
  });

  it("of a name that is not there is named", async () => {
    const touch = tcpClient.touch({ host: "no-such-name.invalid", port: 80, timeoutMs: 5000 });
    await expect(touch).rejects.toThrow(/^name (not found|server does not answer): no-such-name/);
  });

  it("that the way to hangs ends in time", async () => {
    const dial = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const touch = tcpClient.touch({ host: "db", port: 1, timeoutMs: 100, dial });
    await expect(touch).rejects.toThrow("no connection in time");
  });

  it("is left at once when the signal aborts", async () => {
    const cancel = new AbortController();
    cancel.abort();
    const port = await listen();
    const { signal } = cancel;
    const touch = tcpClient.touch({ host: "127.0.0.1", port, timeoutMs: 2000, signal });
    await expect(touch).rejects.toThrow("cancelled");
  });
});
