import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { freePort } from "../support/free-port.js";
import { startLoad } from "../support/load.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { type Nginx, startNginx } from "../support/peers/nginx.js";

let dockerd: Dockerd;
let nginx: Nginx;
let stack: ComposeStack;
let ports: string;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  nginx = await startNginx({
    config: (_, { http }) => `server { listen 127.0.0.1:${String(http)}; }`,
  });
  stack = await makeStack(dockerd, { env: { BELAY_NGINX: nginx.command.join(" ") } });
  const port = await freePort();
  ports = `127.0.0.1:${String(port)}-${String(port + 1)}:8080`;
});

afterAll(async () => {
  await stack.stop();
  await nginx.stop();
  await dockerd.stop();
});

const compose = (version: string) => `services:
  web: {image: "web:${version}", ports: ["${ports}"], stop_grace_period: 2s}
`;

const over = (version: string) => ({
  fields: { proxy: "nginx:host" },
  files: { "compose.yaml": compose(version) },
});

async function answer(): Promise<string> {
  const { version } = (await (
    await fetch(`http://127.0.0.1:${String(nginx.port)}`)
  ).json()) as Record<string, string>;
  return version ?? "";
}

test("an nginx that does not use what Belay writes is named with the lines to write", async () => {
  const refused = await stack.deploy("refused", "v1", over("v1"));
  const [, code, , remedy] = refused.all("finding")[0] ?? [];
  expect(code).toBe("config");
  expect(remedy).toContain(`include ${stack.server.path}/shared/belay-proxy/*.conf;`);
});

test("the nginx of the host is switched between published ports without a failed request", async () => {
  await nginx.reload(
    (_, { http }) => `include ${stack.server.path}/shared/belay-proxy/*.conf;
server { listen 127.0.0.1:${String(http)}; location / { proxy_pass http://belay_web; } }`,
  );
  const first = await stack.deploy("first", "v1", over("v1"));
  expect(first.first("code"), first.text).toBe("0");
  expect(await answer()).toBe("v1");
  const load = startLoad(`http://127.0.0.1:${String(nginx.port)}/?take=50ms`, {
    requestsPerSecond: 200,
  });
  const second = await stack.deploy("second", "v2", over("v2"));
  expect(second.first("code"), second.text).toBe("0");
  const bad = await stack.deploy("bad", "crash", over("crash"));
  expect(bad.first("code")).toBe("1");
  const { failures, requests, versions } = await load.stop();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(1000);
  expect([...versions.keys()]).toEqual(["v1", "v2"]);
});

test("a container that comes back on the other port of its range is still found", async () => {
  const [web = ""] = await stack.containers("web");
  const name = web.split(" ")[0] ?? "";
  const port = Number((await dockerd.docker(["port", name])).trim().split(":").at(-1));
  await dockerd.docker(["stop", name]);
  // Somebody else has the port for a moment, and the range's other one is given out.
  await dockerd.docker(["run", "--detach", "--name", "other", "--publish", ports, "web:v1"]);
  await dockerd.docker(["start", name]);
  await dockerd.docker(["rm", "--force", "other"]);
  expect(await dockerd.docker(["port", name])).not.toContain(`:${String(port)}`);
  await expect.poll(() => answer().catch(String), { timeout: 20_000 }).toBe("v2");
});
