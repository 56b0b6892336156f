import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ComposeStack,
  makeImages,
  makeStack,
  type StackOver,
} from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";

let dockerd: Dockerd;
let stack: ComposeStack;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  stack = await makeStack(dockerd);
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

/** A repository that knows nothing of Belay. */
function unaware(version: string, location = "proxy_pass http://app;"): StackOver {
  const { port } = new URL(stack.url);
  const files = {
    "compose.yaml": `services:
  web: {image: "web:${version}", container_name: own-name, stop_grace_period: 2s}
  nginx:
    image: nginx:test
    ports: ["127.0.0.1:${port}:80"]
    volumes: ["./conf/nginx.conf:/etc/nginx/nginx.conf:ro"]
`,
    "conf/nginx.conf": `events { worker_connections 512; }
http {
  access_log off;
  upstream app { server own-name:8080; }
  server { listen 80; location / { ${location} } }
}
`,
  };
  return { files, fields: { "proxy-lines": "write" } };
}

test("a repository without a line of ours rolls, because the lines are written into the release", async () => {
  const first = await stack.deploy("first", "", unaware("v1"));
  expect(first.first("code"), first.text).toBe("0");
  expect(await stack.answer()).toBe("v1");
  const [proxy] = await stack.containers("nginx");
  const load = stack.load({ requestsPerSecond: 100 });
  const second = await stack.deploy("second", "", unaware("v2"));
  expect(second.first("code"), second.text).toBe("0");
  expect(await stack.answer()).toBe("v2");
  const told = stack.server.read(".belay/operations/second/steps/pull-1/results");
  expect(told).toContain("service\tweb\troll");
  expect(told).toContain("service\tnginx\tkeep");
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  const { failures, versions } = await load.stop();
  expect(failures).toEqual([]);
  expect([...versions.keys()]).toEqual(["v1", "v2"]);
  expect(await stack.containers("nginx")).toEqual([proxy]);
});

test("what cannot be written without changing its meaning is told, and nothing is touched", async () => {
  const before = await stack.containers("web");
  const refused = await stack.deploy("path", "", unaware("v3", "proxy_pass http://web:8080/app/;"));
  expect(refused.all("finding")[0]?.[2]).toContain("conf/nginx.conf hands requests on with a path");
  expect(await stack.containers("web")).toEqual(before);
});
