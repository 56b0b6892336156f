import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { runProgram } from "../support/program.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { busyboxImage, webImage } from "../support/peers/images.js";
import { dockerTraces, firewallRules, tracesIn } from "../support/peers/traces.js";
import { startAll, stopAfter } from "../support/peers/stop-after.js";
import { useTracedFolder } from "../support/peers/traced-folder.js";
import { until } from "../support/until.js";

const folder = useTracedFolder();

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
      expect(await dockerTraces(folder(), outside.bridge, outside.networks)).toEqual([]);
    }
  });

  test("serves side by side with another, with networks and containers of the same names", async () => {
    const both = await startAll(startDockerd(), startDockerd());
    const outside = await Promise.all(both.map(outsideOf));
    await stopAfter(both, async () => {
      const shops = await Promise.all(both.map((one, at) => startShop(one, String(at))));
      for (const [at, { port }] of shops.entries())
        expect(await answer(port)).toMatchObject({ version: String(at) });
      expect(new Set(outside.map(({ range }) => range)).size).toBe(2);
    });
    for (const { bridge } of outside) expect(await dockerTraces(folder(), bridge, [])).toEqual([]);
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
    expect(await dockerTraces(folder(), outside.bridge, [network])).toEqual([]);
    expect(await firewallRules(outside.range)).toEqual([]);
  });

  test("takes away what a killed test run has left", async () => {
    const script = fileURLToPath(new URL("../support/peers/abandon-dockerd.ts", import.meta.url));
    const node = fileURLToPath(new URL("../../scripts/node", import.meta.url));
    const killed = await runProgram([node, script]);
    expect(killed.stderr).toBe("");
    const container = killed.stdout;
    expect(await commandOf(container)).toContain("/web-server");
    expect(await tracesIn(folder())).not.toEqual([]);
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

/** The command line of a process; empty when it is gone, or dead and not collected yet. */
async function commandOf(pid: string): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
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
