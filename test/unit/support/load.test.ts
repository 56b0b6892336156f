import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { startLoad } from "../../support/load.js";

let server: Server;

afterEach(() => {
  server.close();
});

async function serve(answer: (n: number) => { status: number; version: string }): Promise<string> {
  let n = 0;
  server = createServer((_, response) => {
    n += 1;
    const { status, version } = answer(n);
    response.writeHead(status).end(JSON.stringify({ version }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${String(address.port)}/`;
}

test("the load ends by itself at its count and tells which versions answered", async () => {
  const url = await serve((n) => ({ status: 200, version: n <= 4 ? "1" : "2" }));
  const load = startLoad(url, { requestsPerSecond: 200, atMost: 10 });
  await new Promise((resolve) => setTimeout(resolve, 150));
  const { requests, failures, versions } = await load.stop();
  expect({ requests, failures }).toEqual({ requests: 10, failures: [] });
  expect([...versions].map(([version, { count }]) => [version, count])).toEqual([
    ["1", 4],
    ["2", 6],
  ]);
});

test("an answer that is not 200 and a refused connection are failures with their reason", async () => {
  const url = await serve((n) => ({ status: n === 2 ? 503 : 200, version: "1" }));
  const load = startLoad(url, { requestsPerSecond: 100, atMost: 3 });
  await new Promise((resolve) => setTimeout(resolve, 80));
  const { failures } = await load.stop();
  expect(failures.map(({ reason }) => reason)).toEqual(['status 503: {"version":"1"}']);
  const nobody = await startLoad("http://127.0.0.1:9/", {
    requestsPerSecond: 10,
    atMost: 1,
  }).stop();
  expect(nobody.failures[0]?.reason).toContain("ECONNREFUSED");
});
