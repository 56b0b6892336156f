import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
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

/** nginx that mounts the whole path and reads from `current`; its answers carry `mark`. */
function marked(version: string, mark: string) {
  const { path } = stack.server;
  const { "compose.yaml": compose = "", "nginx.conf": conf = "" } = stack.files(version);
  const volumes = `    volumes: ["${path}:${path}:ro"]\n    command: [nginx, -c, "${path}/current/nginx.conf", -g, "daemon off;"]\n`;
  return {
    fields: {
      reload:
        'nginx="$BELAY_COMPOSE" exec -T nginx nginx -c "$BELAY_PATH/current/nginx.conf" -s reload\n',
    },
    files: {
      "compose.yaml": compose.replace(/ {4}volumes:[^]*$/, volumes),
      "nginx.conf": conf
        .replace("/etc/nginx/belay/", `${path}/shared/belay-proxy/`)
        .replace("listen 80;", `listen 80; add_header X-Mark ${mark};`),
    },
  };
}

const mark = async () => (await fetch(stack.url)).headers.get("x-mark");

test("a changed nginx.conf is reloaded under load, never silently left, and put back by an undo", async () => {
  const first = await stack.deploy("first", "v1", marked("v1", "one"));
  expect(first.first("code"), first.text).toBe("0");
  expect(await mark()).toBe("one");
  const before = await dockerd.docker(["ps", "-q", "--filter", "name=nginx"]);
  const load = stack.load({ requestsPerSecond: 100 });
  const second = await stack.begin("second", "v1", marked("v1", "two"));
  expect(second.first("code"), second.text).toBe("0");
  await expect.poll(mark, { timeout: 10_000 }).toBe("two");
  await stack.server.call(["undo", "second"], "enough\n");
  await expect.poll(mark, { timeout: 10_000 }).toBe("one");
  const { failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(await dockerd.docker(["ps", "-q", "--filter", "name=nginx"])).toBe(before);
});
