import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type ComposeStack,
  makeImages,
  makeStack,
  type StackOver,
} from "../support/compose-stack.js";
import { exampleFiles } from "../support/example-files.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { caddyImage } from "../support/peers/server-images.js";

const readme = join(import.meta.dirname, "../../examples/nextjs-compose/README.md");

let dockerd: Dockerd;
let stack: ComposeStack;
/** The `switch` lines of the example's README. */
let lines: string;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  await caddyImage(dockerd, "caddy:test");
  await dockerd.docker(["network", "create", "database"]);
  stack = await makeStack(dockerd);
  const [, block = ""] = /^```yaml\n(.*?)^```$/ms.exec(await readFile(readme, "utf8")) ?? [];
  lines = (parse(block) as { readonly switch: string }).switch.replaceAll(":3000", ":8080");
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

/** The example with Caddy, with an app of ours that listens elsewhere. */
async function release(version: string): Promise<StackOver> {
  const file = "docker-compose.caddy.yml";
  const { [file]: compose = "", ...others } = await exampleFiles(
    "nextjs-compose",
    [file, "caddy/Caddyfile"],
    {
      "ghcr.io/acme/reports": `web:${version}`,
      'expose: ["3000"]': 'expose: ["8080"]',
      "${CADDY_IMAGE:-caddy:2}": "caddy:test",
      "${HTTP_PORT:-80}": new URL(stack.url).port,
      "${HTTPS_PORT:-443}": "0",
      "${SITE_ADDRESS:?}": ":80",
      "${APP_PATH:-/srv/app}": stack.server.path,
      "${DATABASE_URL:?}": "none",
    },
  );
  const fields = { proxy: "none", drain: "3", switch: lines };
  return { fields, files: { ...others, "compose.yaml": compose } };
}

test("the example with Caddy is deployed, rolled, spared a crashing release, and taken back", async () => {
  const first = await stack.deploy("first", "", await release("v1"));
  expect(first.first("code"), first.text).toBe("0");
  await expect.poll(() => stack.answer().catch(String), { timeout: 10_000 }).toBe("v1");
  const second = await stack.deploy("second", "", await release("v2"));
  expect(second.first("code"), second.text).toBe("0");
  expect(second.text).toContain("starting the new container beside the old one");
  expect(await stack.answer()).toBe("v2");
  const crash = await stack.deploy("crash", "", await release("crash"));
  expect(crash.first("code")).toBe("1");
  expect(await stack.answer()).toBe("v2");
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  expect(await stack.answer()).toBe("v1");
});
