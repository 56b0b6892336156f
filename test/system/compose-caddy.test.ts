import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ComposeStack,
  makeImages,
  makeStack,
  type StackOver,
} from "../support/compose-stack.js";
import { startLoad } from "../support/load.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { caddyImage } from "../support/peers/server-images.js";

let dockerd: Dockerd;
let stack: ComposeStack;
/** What docs/compose.md says to write: the first block of the Caddyfile, of compose, of the workflow. */
let recipe: { readonly caddyfile: string; readonly compose: string; readonly lines: string };

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  await caddyImage(dockerd, "caddy:test");
  stack = await makeStack(dockerd);
  const page = await readFile(join(import.meta.dirname, "../../docs/compose.md"), "utf8");
  const own = page.slice(page.indexOf("Caddy, which"), page.indexOf("Traefik watches"));
  const blocks = [...own.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  const [caddyfile = "", compose = "", workflow = ""] = blocks;
  const lines = /^switch: \|\n(.*)^drain/ms.exec(workflow)?.[1] ?? "";
  recipe = { caddyfile, compose, lines: lines.replace(/^ {2}/gm, "") };
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

function release(version: string): StackOver {
  const compose = recipe.compose
    .replace("ghcr.io/acme/shop", `web:${version}\n    stop_grace_period: 2s`)
    .replace("caddy:2", "caddy:test")
    .replace("127.0.0.1:80:80", `127.0.0.1:${new URL(stack.url).port}:80`)
    .replaceAll("/srv/shop/", `${stack.server.path}/`);
  return {
    fields: { proxy: "none", drain: "3", switch: recipe.lines },
    files: { "compose.yaml": compose, Caddyfile: recipe.caddyfile },
  };
}

/** The docs say so: a connection that meets the very moment of Caddy's reload may be reset. */
const resetByCaddy = /socket hang up|ECONNRESET/;

test("behind Caddy, by the lines of the docs, a deploy and a rollback lose no request but at Caddy's own reload", async () => {
  const first = await stack.deploy("first", "", release("v1"));
  expect(first.first("code"), first.text).toBe("0");
  await expect.poll(() => stack.answer().catch(String), { timeout: 10_000 }).toBe("v1");
  const loads = [false, true].map((keepAlive) =>
    startLoad(`${stack.url}/?take=100ms`, { requestsPerSecond: 50, keepAlive }),
  );
  const second = await stack.deploy("second", "", release("v2"));
  expect(second.first("code"), second.text).toBe("0");
  expect(await stack.answer()).toBe("v2");
  const crash = await stack.deploy("crash", "", release("crash"));
  expect(crash.first("code")).toBe("1");
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  expect(await stack.answer()).toBe("v1");
  for (const load of loads) {
    const { requests, failures, versions } = await load.stop();
    expect(failures.filter(({ reason }) => !resetByCaddy.test(reason))).toEqual([]);
    expect(failures.length).toBeLessThan(requests / 100);
    expect([...versions.keys()].sort()).toEqual(["v1", "v2"]);
  }
});
