import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCertificate } from "../support/certificate.js";
import { freePort } from "../support/free-port.js";
import { runProgram } from "../support/program.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { busyboxImage, webImage } from "../support/peers/images.js";
import { type Nginx, startNginx } from "../support/peers/nginx.js";
import { startRedis } from "../support/peers/redis.js";
import { dockerTraces, firewallRules, tracesIn } from "../support/peers/traces.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { until } from "../support/until.js";

let folder = "";
const outer = process.env["TMPDIR"];

beforeEach(async () => {
  folder = await scratchFolder("peers");
  process.env["TMPDIR"] = folder;
});

afterEach(async () => {
  if (outer === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = outer;
  const left = await tracesIn(folder);
  await removeFolder(folder);
  expect(left).toEqual([]);
});

describe("dockerd", () => {
  test("serves twice in a row, and leaves nothing behind", async () => {
    for (const version of ["1", "2"]) {
      const dockerd = await startDockerd();
      const outside = await outsideOf(dockerd);
      await stopAfter(dockerd, async () => {
        const shop = await startShop(dockerd, version);
        expect(await answer(shop.port)).toMatchObject({ version });
        outside.networks.push(shop.network);
        expect(await firewallRules(outside.range)).toHaveLength(1);
      });
      expect(await dockerTraces(folder, outside.bridge, outside.networks)).toEqual([]);
    }
  });

  test("serves side by side with another, with networks and containers of the same names", async () => {
    const both = await Promise.all([startDockerd(), startDockerd()]);
    const outside = await Promise.all(both.map(outsideOf));
    await stopAfter(both, async () => {
      const shops = await Promise.all(both.map((one, at) => startShop(one, String(at))));
      for (const [at, { port }] of shops.entries())
        expect(await answer(port)).toMatchObject({ version: String(at) });
      expect(new Set(outside.map(({ range }) => range)).size).toBe(2);
    });
    for (const { bridge } of outside) expect(await dockerTraces(folder, bridge, [])).toEqual([]);
  });

  test("brings its containers back after a restart and after a crash", async () => {
    const dockerd = await startDockerd();
    await stopAfter(dockerd, async () => {
      const { port } = await startShop(dockerd, "1");
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        const before = await answer(port);
        const pid = dockerd.pid();
        await dockerd.restart(signal);
        expect(dockerd.pid()).not.toBe(pid);
        expect(await answer(port)).toMatchObject({ host: before.host, served: 1 });
      }
    });
  });

  test("lets containers of a network find each other by name", async () => {
    const dockerd = await startDockerd();
    await stopAfter(dockerd, async () => {
      await startShop(dockerd, "7");
      await busyboxImage(dockerd, "tools");
      const ask = ["wget", "-qO-", "http://web:8080/healthz"];
      const heard = await dockerd.docker(["run", "--rm", "--network", "shop", "tools", ...ask]);
      expect(JSON.parse(heard)).toEqual({ status: "ok", version: "7" });
    });
  });

  test("stops also when dockerd has crashed before", async () => {
    const dockerd = await startDockerd();
    const outside = await outsideOf(dockerd);
    const { network } = await startShop(dockerd, "1");
    process.kill(dockerd.pid(), "SIGKILL");
    await dockerd.stop();
    expect(await dockerTraces(folder, outside.bridge, [network])).toEqual([]);
    expect(await firewallRules(outside.range)).toEqual([]);
  });

  test("takes away what a killed test run has left", async () => {
    const script = fileURLToPath(new URL("../support/peers/abandon-dockerd.ts", import.meta.url));
    const node = fileURLToPath(new URL("../../scripts/node", import.meta.url));
    const killed = await runProgram([node, script]);
    expect(killed.stderr).toBe("");
    const container = killed.stdout;
    expect(await commandOf(container)).toContain("/web-server");
    expect(await tracesIn(folder)).not.toEqual([]);
    await (await startDockerd()).stop();
    expect(await commandOf(container)).toBe("");
  });

  test("lets the members of a group use its socket, and nobody else", async () => {
    const nobody = 65_534;
    const dockerd = await startDockerd({ group: nobody });
    await stopAfter(dockerd, async () => {
      const ask = (gid: number) =>
        runProgram(
          ["setpriv", "--reuid=65534", `--regid=${String(gid)}`, "--clear-groups", "docker", "ps"],
          { env: { ...dockerd.env, HOME: "/", DOCKER_CONFIG: "/nonexistent" } },
        );
      expect(await ask(nobody)).toMatchObject({ code: 0 });
      expect((await ask(12_345)).stderr).toContain("permission denied");
    });
  });
});

describe("the web image", () => {
  test("behaves as told", async () => {
    const dockerd = await startDockerd();
    await stopAfter(dockerd, async () => {
      await webImage(dockerd, { name: "web" });
      const run = async (name: string, ...variables: readonly string[]): Promise<void> => {
        const env = variables.flatMap((variable) => ["--env", variable]);
        await dockerd.docker(["run", "--detach", "--name", name, ...env, "web"]);
      };
      const state = (name: string, field: string): Promise<string> =>
        dockerd.docker(["inspect", "--format", `{{.State.${field}}}`, name]);
      const reaches = (name: string, field: string, wanted: string) =>
        until(`${name} to be ${wanted}`, async () => (await state(name, field)).trim() === wanted);
      await run("good");
      await run("crashing", "CRASH_AT_START=3");
      await run("sick", "NEVER_HEALTHY=1");
      await run("stubborn", "ON_TERM=ignore");
      await run("misspelt", "HEALTHY_AFTER=soon");
      await reaches("good", "Health.Status", "healthy");
      await reaches("crashing", "Status", "exited");
      expect((await state("crashing", "ExitCode")).trim()).toBe("3");
      await reaches("sick", "Health.Status", "unhealthy");
      await reaches("misspelt", "Status", "exited");
      await dockerd.docker(["stop", "--time", "1", "stubborn", "good"]);
      expect((await state("stubborn", "ExitCode")).trim()).toBe("137");
      expect((await state("good", "ExitCode")).trim()).toBe("0");
    });
  });

  test("finishes what is in flight when it is asked to end, and can be slow or fail later", async () => {
    const dockerd = await startDockerd();
    await stopAfter(dockerd, async () => {
      const { port, container } = await startShop(dockerd, "1", { failAfterMs: 60_000 });
      const slow = answer(port, "/?take=1500ms");
      await until("the request to arrive", async () => (await answer(port)).served > 0);
      await dockerd.docker(["stop", container]);
      expect(await slow).toMatchObject({ version: "1" });
      const failing = await startShop(dockerd, "2", { failAfterMs: 0 }, "failing");
      expect((await fetch(url(failing.port))).status).toBe(500);
      expect((await fetch(url(failing.port, "/healthz"))).status).toBe(200);
    });
  });
});

describe("Redis", () => {
  test("serves with a password, keeps its data over a crash, and leaves nothing behind", async () => {
    const password = "pa55 \"wörd'#";
    const [one, other] = await Promise.all([
      startRedis({ password, appendonly: true, config: ["appendfsync always"] }),
      startRedis({ maxmemory: "64mb" }),
    ]);
    await stopAfter([one, other], async () => {
      expect(await one.cli(["set", "name", "value"])).toBe("OK");
      await one.restart("SIGKILL");
      expect(await one.cli(["get", "name"])).toBe("value");
      expect(await other.cli(["get", "name"])).toBe("");
      expect(await other.cli(["config", "get", "maxmemory"])).toBe("maxmemory\n67108864");
      const stranger = ["redis-cli", "-e", "-p", String(one.port), "get", "name"];
      expect((await runProgram(stranger)).stderr).toContain("NOAUTH");
    });
  });

  test("says why it does not start", async () => {
    await expect(startRedis({ config: ["no-such-setting yes"] })).rejects.toThrow(
      /no-such-setting/,
    );
  });
});

describe("nginx", () => {
  const says = (text: string) => (_: string, ports: { http: number; tls: number }) =>
    `server {
      listen 127.0.0.1:${String(ports.http)};
      listen 127.0.0.1:${String(ports.tls)} ssl;
      ssl_certificate tls/cert.pem;
      ssl_certificate_key tls/key.pem;
      location / { return 200 "${text}"; }
    }`;

  test("serves http and https, reloads, and leaves nothing behind, side by side with another", async () => {
    const certificate = makeCertificate({ name: "shop.test" });
    const both = await Promise.all([
      startNginx({ certificate, config: says("one") }),
      startNginx({ certificate, config: says("two") }),
    ]);
    await stopAfter(both, async () => {
      const [one, two] = both;
      expect(await Promise.all(both.map(page))).toEqual(["one", "two"]);
      expect(await namesShown(one.tlsPort, certificate.cert)).toContain("shop.test");
      await one.reload(says("three"));
      expect(await Promise.all([page(one), page(two)])).toEqual(["three", "two"]);
      await expect(one.reload(() => "server { listen nowhere")).rejects.toThrow(/emerg/);
      expect(await page(one)).toBe("three");
    });
  });

  test("says why it does not start: a port that is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    try {
      const address = taken.address();
      const port = typeof address === "object" ? String(address?.port) : "";
      const config = (): string => `server { listen 127.0.0.1:${port}; }`;
      await expect(startNginx({ config })).rejects.toThrow("Address already in use");
    } finally {
      taken.close();
    }
  });
});

/** The command line of a process; empty when it is gone, or dead and not collected yet. */
async function commandOf(pid: string): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
}

interface Stopped {
  stop(): Promise<void>;
}

/** Stops all of `peers` at the end of `use`, also when it throws. */
async function stopAfter(
  peers: Stopped | readonly Stopped[],
  use: () => Promise<void>,
): Promise<void> {
  try {
    await use();
  } finally {
    await Promise.all([peers].flat().map((peer) => peer.stop()));
  }
}

interface Answer {
  readonly host: string;
  readonly served: number;
  readonly version: string;
}

interface Shop {
  readonly port: number;
  readonly network: string;
  readonly container: string;
}

/** A container `web` on a network `shop`, with a port of 127.0.0.1. */
async function startShop(
  dockerd: Dockerd,
  version: string,
  behaviour = {},
  name = "web",
): Promise<Shop> {
  await webImage(dockerd, { name: `shop/${name}:${version}`, version, behaviour });
  const found = await dockerd.docker(["network", "ls", "--quiet", "--filter", "name=shop"]);
  const network = found.trim() || (await dockerd.docker(["network", "create", "shop"])).trim();
  const port = await freePort();
  const publish = ["--publish", `127.0.0.1:${String(port)}:8080`];
  const words = ["run", "--detach", "--name", name, "--restart", "always", "--network", "shop"];
  const id = await dockerd.docker([...words, ...publish, `shop/${name}:${version}`]);
  await until("the shop to answer", () =>
    fetch(url(port, "/healthz")).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return { port, network, container: id.trim() };
}

function url(port: number, path = "/"): string {
  return `http://127.0.0.1:${String(port)}${path}`;
}

async function answer(port: number, path?: string): Promise<Answer> {
  return until("an answer", () =>
    fetch(url(port, path)).then(
      async (got) => (await got.json()) as Answer,
      () => undefined,
    ),
  );
}

async function page({ port }: Nginx): Promise<string> {
  return (await fetch(url(port))).text();
}

async function namesShown(port: number, ca: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", ca, servername: "shop.test" });
  await once(socket, "secureConnect");
  const names = socket.getPeerCertificate().subjectaltname ?? "";
  socket.destroy();
  return names;
}

/** The bridge of a daemon and its range of addresses. */
async function outsideOf(
  dockerd: Dockerd,
): Promise<{ bridge: string; range: string; networks: string[] }> {
  const format = '{{index .Options "com.docker.network.bridge.name"}}';
  const bridge = (
    await dockerd.docker(["network", "inspect", "--format", format, "bridge"])
  ).trim();
  const pools = await dockerd.docker([
    ...["info", "--format", "{{range .DefaultAddressPools}}{{.Base}}{{end}}"],
  ]);
  return { bridge, range: pools.trim(), networks: [] };
}
