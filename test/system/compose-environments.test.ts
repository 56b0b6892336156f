import { mkdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { TextFiles } from "../support/belay-server.js";
import {
  type ComposeStack,
  makeImages,
  makeStack,
  type StackOver,
} from "../support/compose-stack.js";
import { freePort } from "../support/free-port.js";
import { type Load, startLoad } from "../support/load.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";

let dockerd: Dockerd;
let production: ComposeStack;
let staging: ComposeStack;
/** Where the proxy that both share listens. */
let port: number;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
});

afterAll(() => dockerd.stop());

afterEach(async () => {
  await staging.stop();
  await production.stop();
});

/** Two paths of one user. */
async function twoPaths(): Promise<void> {
  port = await freePort();
  production = await makeStack(dockerd);
  staging = await makeStack(dockerd, { env: { HOME: production.server.env["HOME"] ?? "" } });
}

/** Asks one of the two through the proxy, at 100 requests per second. */
const load = (host: string): Load =>
  startLoad(`http://127.0.0.1:${String(port)}/${host}?take=50ms`, { requestsPerSecond: 100 });

async function version(host: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/${host}`);
  return ((await answer.json()) as Readonly<Record<string, unknown>>)["version"];
}

async function good(stack: ComposeStack, token: string, over: StackOver): Promise<void> {
  const last = await stack.deploy(token, "", over);
  expect(last.first("code"), last.text).toBe("0");
}

/** Runs `change` of one environment; the containers named, and the answers of the other one, are as before. */
async function untouched(host: string, names: () => Promise<string>, change: () => Promise<void>) {
  const before = await names();
  expect(before).not.toBe("");
  const asked = load(host);
  await change();
  const { failures, requests, versions } = await asked.stop();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(50);
  expect([...versions.keys()]).toHaveLength(1);
  expect(await names()).toBe(before);
}

/** Who they are, and since when they run. */
async function containers(...filters: readonly string[]): Promise<string> {
  const words = filters.flatMap((filter) => ["--filter", filter]);
  const ids = (await dockerd.docker(["ps", "-aq", "--no-trunc", ...words]))
    .split("\n")
    .filter(Boolean);
  return dockerd.docker(["inspect", "-f", "{{.Name}} {{.Id}} {{.State.StartedAt}}", ...ids]);
}

async function rollback(stack: ComposeStack): Promise<void> {
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
}

const nginx = (locations: readonly string[], include: readonly string[]): string => `
events { worker_connections 1024; }
http {
  access_log off;
  resolver 127.0.0.11 valid=1s ipv6=off;
  map "" $belay_web_staging { default nobody; }
  ${include.map((folder) => `include ${folder}/*.conf;`).join("\n  ")}
  server { listen 80; ${locations.join(" ")} }
}
`;

test("two paths deploy the production and the staging services of one project", async () => {
  await twoPaths();
  const folders = [production, staging].map(({ server }) => `${server.path}/shared/belay-proxy`);
  const over = (versions: readonly [string, string], services: string): StackOver => {
    const files: TextFiles = {
      "compose.yaml": `services:
  web: {image: "web:${versions[0]}", container_name: shop-web, stop_grace_period: 2s}
  web-staging: {image: "web:${versions[1]}", container_name: shop-web-staging, stop_grace_period: 2s}
  nginx:
    image: nginx:test
    ports: ["127.0.0.1:${String(port)}:80"]
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
      - ${folders[0] ?? ""}:/etc/nginx/production:ro
      - ${folders[1] ?? ""}:/etc/nginx/staging:ro
`,
      "nginx.conf": nginx(
        [
          "location /production { proxy_pass http://$belay_web:8080; proxy_connect_timeout 2s; }",
          "location /staging { proxy_pass http://$belay_web_staging:8080; proxy_connect_timeout 2s; }",
        ],
        ["/etc/nginx/production", "/etc/nginx/staging"],
      ),
    };
    return { fields: { project: production.project, services }, files };
  };
  // Docker would make a folder that is not there yet, and root's.
  await mkdir(folders[1] ?? "", { recursive: true });
  await good(production, "p1", over(["v1", "v1"], "web\nnginx\n"));
  await good(staging, "s1", over(["v1", "v1"], "web-staging\n"));
  const service = (name: string) => () =>
    containers(
      `label=com.docker.compose.service=${name}`,
      `label=com.docker.compose.project=${production.project}`,
    );

  await untouched("production", service("web"), async () => {
    await good(staging, "s2", over(["v3", "v2"], "web-staging\n"));
    expect(await version("staging")).toBe("v2");
    const bad = await staging.deploy("s3", "", over(["v3", "crash"], "web-staging\n"));
    expect(bad.first("code")).toBe("1");
    await rollback(staging);
  });
  expect(await version("staging")).toBe("v1");
  expect(await version("production")).toBe("v1");
  await untouched("staging", service("web-staging"), async () => {
    await good(production, "p2", over(["v2", "v3"], "web\nnginx\n"));
    await rollback(production);
  });
  expect(await version("production")).toBe("v1");
  for (const { server } of [production, staging])
    expect((await server.call(["status"])).all("finding")).toEqual([]);
});

test("two projects with a stack that they share on an external network", async () => {
  await twoPaths();
  const network = `edge-${String(port)}`;
  const edge = `edge-${String(port)}-nginx`;
  await dockerd.docker(["network", "create", network]);
  const folder = `${production.server.path}/../edge`;
  const conf = nginx(["include /etc/nginx/edge/*.location;"], []);
  const lines = `
    mkdir -p '${folder}' && umask 022
    printf 'location /%s { set $app "%s"; proxy_pass http://$app:8080; proxy_connect_timeout 2s; }\\n' "$WHO" "$BELAY_CONTAINERS" >'${folder}'/new
    mv '${folder}'/new "${folder}/$WHO.location"
    if docker inspect ${edge} >/dev/null 2>&1; then docker exec ${edge} nginx -s reload; fi
  `;
  const over = (who: string, version: string): StackOver => ({
    fields: { proxy: "none", drain: "2", switch: lines, env: `export WHO='${who}'\n` },
    files: {
      "compose.yaml": `services:
  web: {image: "web:${version}", expose: ["8080"], networks: [${network}], stop_grace_period: 2s}
networks: {${network}: {external: true}}
`,
    },
  });
  try {
    await good(production, "p1", over("production", "v1"));
    await good(staging, "s1", over("staging", "v1"));
    // The shared stack has a file, a network and a life of its own.
    await dockerd.docker([
      ...["run", "-d", "--name", edge, "--network", network, "-p", `127.0.0.1:${String(port)}:80`],
      ...["-v", `${folder}:/etc/nginx/edge:ro`, "--entrypoint", "sh", "nginx:test", "-c"],
      `printf '%s' '${conf}' >/etc/nginx/nginx.conf; exec nginx -g 'daemon off;'`,
    ]);
    await expect.poll(() => version("production").catch(String), { timeout: 10_000 }).toBe("v1");
    const others = (project: string) => async () =>
      (await containers(`label=com.docker.compose.project=${project}`)) +
      (await containers(`name=${edge}`));
    await untouched("production", others(production.project), async () => {
      await good(staging, "s2", over("staging", "v2"));
      expect(await version("staging")).toBe("v2");
      await rollback(staging);
    });
    await untouched("staging", others(staging.project), async () => {
      await good(production, "p2", over("production", "v2"));
      expect(await version("production")).toBe("v2");
      await rollback(production);
    });
    expect([await version("production"), await version("staging")]).toEqual(["v1", "v1"]);
  } finally {
    await dockerd.docker(["rm", "-f", edge]).catch(() => undefined);
    await staging.stop();
    await production.stop();
    await dockerd.docker(["network", "rm", network]).catch(() => undefined);
  }
});
