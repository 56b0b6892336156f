import { createServer, connect, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTcpProxy, type Line, type TcpProxy } from "../../support/tcp-proxy.js";

let echo: Server;
const proxies: TcpProxy[] = [];

beforeEach(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) =>
    socket.on("error", () => undefined).pipe(socket),
  );
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
});

afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  echo.close();
});

async function proxyToEcho(line?: Line): Promise<TcpProxy> {
  const address = echo.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const proxy = await startTcpProxy(address.port, line);
  proxies.push(proxy);
  return proxy;
}

async function open(
  proxy: TcpProxy,
): Promise<{ socket: Socket; got: () => string; lost: Promise<string> }> {
  const socket = connect(proxy.port, "127.0.0.1");
  let got = "";
  socket.on("data", (bytes: Buffer) => (got += bytes.toString()));
  const lost = new Promise<string>((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    socket.once("end", () => {
      resolve("end");
    });
  });
  await once(socket, "connect");
  return { socket, got: () => got, lost };
}

test("bytes pass both ways, and the end of a direction is passed on", async () => {
  const proxy = await proxyToEcho();
  const { socket, got, lost } = await open(proxy);
  socket.end("hello");
  expect(await lost).toBe("end");
  expect(got()).toBe("hello");
  expect(proxy).toMatchObject({ accepted: 1, forwarded: 10 });
});

test("a cut after N bytes lets exactly N pass, and the next connection lives", async () => {
  const proxy = await proxyToEcho();
  proxy.cutAfter(7);
  const first = await open(proxy);
  first.socket.write("hello");
  expect(await first.lost).toBe("ECONNRESET");
  expect(proxy.forwarded).toBe(7);
  const second = await open(proxy);
  second.socket.end("again");
  await second.lost;
  expect(second.got()).toBe("again");
});

test("a stalled line is silent and loses nothing when it comes back", async () => {
  const proxy = await proxyToEcho();
  const { socket, got, lost } = await open(proxy);
  proxy.stall();
  socket.end("held back");
  await sleep(60);
  expect(got()).toBe("");
  proxy.resume();
  await lost;
  expect(got()).toBe("held back");
});

test("a refusing proxy resets new connections until it accepts again", async () => {
  const proxy = await proxyToEcho();
  proxy.refuse();
  const refused = connect(proxy.port, "127.0.0.1");
  const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNRESET");
  proxy.accept();
  const { socket, lost } = await open(proxy);
  socket.end();
  expect(await lost).toBe("end");
});

test("a slow line takes the time that its delay and its width say", async () => {
  const proxy = await proxyToEcho({ delayMs: 20, bytesPerSecond: 10_000 });
  const { socket, lost } = await open(proxy);
  const started = performance.now();
  socket.end(Buffer.alloc(1000));
  await lost;
  expect(performance.now() - started).toBeGreaterThan(2 * 20 + 2 * 100 - 10);
});
