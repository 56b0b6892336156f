import { chown } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCertificate, makeIssuer } from "../support/certificate.js";
import { startDockerd, type Dockerd } from "../support/peers/dockerd.js";
import { webImage } from "../support/peers/images.js";
import { type Nginx, startNginx } from "../support/peers/nginx.js";
import { type Redis, startRedis } from "../support/peers/redis.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { readmeExamples } from "../support/readme-examples.js";
import { type ActionResult, runAction } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { watchProcessList } from "../support/secret-search.js";
import { sshKey } from "../support/ssh-key.js";
import { type Sshd, startSshd } from "../support/sshd.js";
import { until } from "../support/until.js";

const key = sshKey();
const issuer = makeIssuer("Test CA");
const cachePassword = "planted-cache-password";
const token = "planted-preview-token";
const sha = "0123456789abcdef";

let workspace: string;
let dockerd: Dockerd;
let sshd: Sshd;
let nginx: Nginx;
let database: Postgres;
let cache: Redis;

beforeAll(async () => {
  workspace = await scratchFolder("gate");
  [dockerd, database, cache, nginx] = await Promise.all([
    startDockerd(),
    startPostgres(),
    startRedis({ password: cachePassword }),
    startNginx({ config: site, certificate: makeCertificate({ issuer, name: "app.example.com" }) }),
  ]);
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  sshd = await startSshd({
    publicKeys: [key.publicKey],
    env: { PATH: path, DOCKER_HOST: `unix://${dockerd.socket}` },
  });
  await chown(dockerd.socket, 0, sshd.user.gid);
  await webImage(dockerd, { name: "aiia/backend:1" });
});
afterAll(async () => {
  await Promise.all([sshd, nginx, database, cache, dockerd].map((peer) => peer.stop()));
  await removeFolder(workspace);
});

/** The app behind nginx: over TLS for the world, in the clear for the server itself; green asks for its token. */
function site(folder: string, ports: { readonly http: number; readonly tls: number }): string {
  const answers = `location / { return 404; }
    location = /health { return 200 "nginx is up, ${sha}"; }
    location = /health/ { return 200 "{\\"status\\": \\"ok\\", \\"version\\": \\"${sha}\\"}"; }`;
  return `server {
    listen 127.0.0.1:${String(ports.tls)} ssl;
    server_name app.example.com;
    ssl_certificate ${folder}/tls/cert.pem;
    ssl_certificate_key ${folder}/tls/key.pem;
    if ($http_x_preview !~ "^(${token})?$") { return 403; }
    ${answers}
  }
  server {
    listen 127.0.0.1:${String(ports.http)};
    server_name app.example.com;
    ${answers}
  }
  server {
    listen 127.0.0.1:${String(ports.http)} default_server;
    return 444;
  }`;
}

function connection(): Readonly<Record<string, string>> {
  return {
    host: `${sshd.user.name}@127.0.0.1:${String(sshd.port)}`,
    "known-hosts": sshd.knownHosts,
    "private-key": key.privateKey,
    "connect-retries": "0",
  };
}

/** An example of the README, at the addresses that there are here; what else is changed stands in the test. */
async function example(
  title: string,
  change: (checks: string) => string = (checks) => checks,
): Promise<Readonly<Record<string, string>>> {
  const values: Readonly<Record<string, string>> = {
    "github.sha": sha,
    "secrets.DATABASE_URL": database.url(),
    "secrets.REDIS_URL": cache.url,
    "secrets.PREVIEW_TOKEN": token,
  };
  const examples = await readmeExamples("health-gate", (name) => values[name] ?? "");
  const found = examples.find((one) => one.title === title);
  if (found === undefined) throw new Error(`the README has no example "${title}"`);
  const server = "host" in found.inputs ? connection() : {};
  return { ...found.inputs, ...server, checks: change(found.inputs["checks"] ?? "") };
}

/** Our own authority and port, as nobody on this machine trusts or resolves the real ones. */
function atHome(path: string): string {
  const ca = issuer.cert.trim().replaceAll("\n", "\n    ");
  const address = `https://127.0.0.1:${String(nginx.tlsPort)}${path}`;
  return `${address}\n  host-header: app.example.com\n  ca: |\n    ${ca}`;
}

function run(inputs: Readonly<Record<string, string>>): Promise<ActionResult> {
  return runAction({ action: "health-gate", inputs, workspace });
}

/** The cells of the row of the check `name` in the summary. */
function row({ summary }: ActionResult, name: string): readonly string[] {
  const line = summary.split("\n").find((text) => text.startsWith(`| ${name} |`));
  return line?.split("|").map((cell) => cell.trim()) ?? [];
}

async function startBackend(name: string, ...options: readonly string[]): Promise<void> {
  const labels = ["service=backend", "project=aiia", "oneoff=False"].map(
    (label) => `com.docker.compose.${label}`,
  );
  const words = labels.flatMap((label) => ["--label", label]);
  await dockerd.docker(["run", "-d", `--name=${name}`, ...words, ...options, "aiia/backend:1"]);
}

describe("the examples of the README, against real servers", () => {
  test("the monitor measures everything in its table", async () => {
    const watch = watchProcessList([database.password, cachePassword]);
    const inputs = await example("A monitor", (checks) =>
      checks
        .replace("https://app.example.com/health/", atHome("/health/"))
        .replace(/^ +min-days.*\n/m, ""),
    );
    const result = await run({ ...inputs, interval: "100ms" });
    expect(watch.stop()).toEqual([]);
    // How busy this machine is, or how full its disk, is not the test's to say.
    const failing = (result.outputs["failing-checks"] ?? "").split("\n").filter(Boolean);
    expect(failing.filter((name) => !name.startsWith("server "))).toEqual([]);
    expect(row(result, "app")[2]).toBe("✅ healthy");
    expect(row(result, "app")[3]).toBe("20");
    for (const measure of ["cpu", "memory", "disk /"])
      expect(row(result, `server ${measure}`)[7]).toMatch(/^\d+(\.\d)? %$/);
    expect(row(result, "database")[7]).toMatch(/^\d+ connections$/);
    expect(row(result, "cache")[7]).toMatch(/^\d+\.\d [kKM]i?B$/);
    expect(await sshd.accepted()).toBe(1);
    expect(result.log.text).not.toContain(cachePassword);
    expect(result.summary).not.toContain(cachePassword);
  });

  test("the health table opens the gate for a stack in Docker", async () => {
    await startBackend("aiia-backend-1");
    try {
      const inputs = await example("Django with PostgreSQL, Redis and Docker", (checks) =>
        checks
          .replace("https://app.example.com/health/", atHome("/health/"))
          .replace("http://127.0.0.1/", `http://127.0.0.1:${String(nginx.port)}/`)
          .replace("postgresql://aiia@/aiia", database.url())
          .replace("redis://localhost", cache.url)
          // The databases run beside the containers here, and the image holds a web server alone.
          .replace(/^ +in: \{ service: (postgresql|redis),.*\n/gm, "")
          .replace(/^- name: migrations\n( +.*\n)*/m, ""),
      );
      const result = await run({ ...inputs, timeout: "40s" });
      expect(result.log.text, result.log.text).toContain("gate: 6 checks must be healthy");
      expect(result.outputs, result.log.text).toMatchObject({
        status: "healthy",
        "failing-checks": "",
      });
      for (const name of ["Django", "Nginx", "PostgreSQL", "Redis", "Docker"])
        expect(row(result, name)[2]).toBe("✅ healthy");
    } finally {
      await dockerd.docker(["rm", "-f", "aiia-backend-1"]);
    }
  });

  test("green is asked under the name of blue, with its certificate and a secret header", async () => {
    const change = (checks: string) =>
      checks.replace(/https:\/\/203\.0\.113\.7\/health\n +host-header: .*/, atHome("/health"));
    const inputs = await example("Blue and green, before the switch", change);
    const result = await run(inputs);
    expect(result.outputs).toMatchObject({ status: "healthy", attempts: "3" });
    const other = await run({
      ...inputs,
      checks: inputs["checks"]?.replace(token, "planted-wrong-token") ?? "",
      timeout: "3s",
    });
    expect(other.outputs["status"]).toBe("unhealthy");
    expect(other.log.text).toContain("403 Forbidden");
    expect(JSON.stringify(other.outputs) + other.summary).not.toContain("planted");
  });
});

describe("a gate", () => {
  test("fails within 2 s when its container exits, not at the timeout", async () => {
    await startBackend("aiia-backend-2", "--env=CRASH_AFTER=4000ms", "--env=NEVER_HEALTHY=1");
    try {
      const work = run({ ...connection(), checks: "- container: aiia-backend-2", timeout: "2m" });
      const exited = await until("the container to exit", async () => {
        const format = "--format={{.State.Status}} {{.State.FinishedAt}}";
        const [status, at = ""] = (await dockerd.docker(["inspect", format, "aiia-backend-2"]))
          .trim()
          .split(" ");
        return status === "exited" ? Date.parse(at) : undefined;
      });
      const result = await work;
      expect(Date.now() - exited).toBeLessThan(3500);
      expect(result.outputs["status"]).toBe("unhealthy");
      expect(result.log.text).toMatch(/aiia-backend-2 can never pass: aiia-backend-2 exited with/);
    } finally {
      await dockerd.docker(["rm", "-f", "aiia-backend-2"]);
    }
  });

  test("sees the old version until nginx serves the new one", async () => {
    const work = run({
      url: `http://127.0.0.1:${String(nginx.port)}/version`,
      expect: "new",
      interval: "200ms",
      timeout: "30s",
    });
    const version = (text: string) => (_: string, ports: { readonly http: number }) =>
      `server { listen 127.0.0.1:${String(ports.http)}; location = /version { return 200 "${text}"; } }`;
    await nginx.reload(version("old"));
    await nginx.reload(version("new"));
    const result = await work;
    await nginx.reload(site);
    expect(result.outputs["status"]).toBe("healthy");
  });

  test("ends at once for a certificate of the wrong name", async () => {
    const ca = issuer.cert.trim().replaceAll("\n", "\n    ");
    const address = `https://127.0.0.1:${String(nginx.tlsPort)}/health`;
    const result = await run({ checks: `- http: ${address}\n  ca: |\n    ${ca}` });
    expect(result.outputs["status"]).toBe("unhealthy");
    expect(result.log.text).toContain("TLS: certificate is for another name: app.example.com");
    expect(result.durationMs).toBeLessThan(5000);
  });

  test("says that the server forwards nothing, where that is so", async () => {
    const closed = await startSshd({
      publicKeys: [key.publicKey],
      config: ["AllowTcpForwarding no"],
    });
    try {
      const result = await run({
        ...connection(),
        host: `${closed.user.name}@127.0.0.1:${String(closed.port)}`,
        "known-hosts": closed.knownHosts,
        checks: `- http: http://127.0.0.1:${String(nginx.port)}/health\n  via: server`,
        timeout: "3s",
      });
      expect(result.log.text).toContain("AllowTcpForwarding");
      expect(result.outputs["status"]).toBe("unhealthy");
    } finally {
      await closed.stop();
    }
  });
});
