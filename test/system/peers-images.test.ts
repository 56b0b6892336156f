import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startBuildkitd } from "../support/peers/buildkitd.js";
import { pinnedVersion } from "../support/peers/built-programs.js";
import { compose, composePrograms, versionOf } from "../support/peers/compose.js";
import { startDockerd } from "../support/peers/dockerd.js";
import { busyboxImage, webImage } from "../support/peers/images.js";
import { buildkitImage } from "../support/peers/server-images.js";
import { startRegistry } from "../support/peers/registry.js";
import { startAll, stopAfter } from "../support/peers/stop-after.js";
import { useTracedFolder } from "../support/peers/traced-folder.js";
import { freePort } from "../support/free-port.js";
import { until } from "../support/until.js";

const folder = useTracedFolder();
const password = "a registry's pa55 wörd";

describe("the registry", () => {
  test("takes images after a login, keeps them over a restart, and knows what was asked", async () => {
    const [dockerd, registry] = await startAll(startDockerd(), startRegistry({ password }));
    await stopAfter([dockerd, registry], async () => {
      const name = `${registry.address}/shop/web:1`;
      await webImage(dockerd, { name });
      await expect(dockerd.docker(["push", "--quiet", name])).rejects.toThrow("no basic auth");
      const login = ["login", "--username", registry.username, "--password-stdin"];
      const wrong = dockerd.docker([...login, registry.address], { input: "wrong" });
      await expect(wrong).rejects.toThrow("401");
      await dockerd.docker([...login, registry.address], { input: password });
      await dockerd.docker(["push", "--quiet", name]);
      await dockerd.docker(["rmi", name]);
      await registry.shutDown();
      await expect(dockerd.docker(["pull", name])).rejects.toThrow("connection refused");
      await registry.restart();
      await dockerd.docker(["pull", "--quiet", name]);
      expect(await registry.requests()).toContain("PUT /v2/shop/web/manifests/1 201");
    });
  });

  test("serves side by side with another", async () => {
    const both = await startAll(startRegistry(), startRegistry());
    await stopAfter(both, async () => {
      for (const { address } of both) {
        const listed = await fetch(`http://${address}/v2/_catalog`);
        expect(await listed.json()).toEqual({ repositories: [] });
      }
    });
  });
});

describe.each(composePrograms)("compose $name", (program) => {
  test("starts and ends a project", async () => {
    const dockerd = await startDockerd();
    await stopAfter(dockerd, async () => {
      await webImage(dockerd, { name: "web" });
      const port = String(await freePort());
      const cwd = join(folder(), "project");
      await mkdir(cwd);
      const service = { image: "web", ports: [`127.0.0.1:${port}:8080`] };
      const file = { version: "3.8", services: { web: service } };
      await writeFile(join(cwd, "docker-compose.yml"), JSON.stringify(file));
      const run = (...args: readonly string[]) => compose(dockerd, program, args, { cwd });
      expect((await run("version", "--short")).trim()).toBe(await versionOf(program));
      await run("up", "--detach");
      await until("the service to answer", () =>
        fetch(`http://127.0.0.1:${port}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      );
      await run("down", "--timeout", "1");
      expect(await dockerd.docker(["ps", "--all", "--quiet"])).toBe("");
    });
    await rm(join(folder(), "project"), { recursive: true });
  });
});

describe("buildkitd", () => {
  test("builds with a base from the registry, pushes there, and keeps its cache over a restart", async () => {
    const [dockerd, registry] = await startAll(startDockerd(), startRegistry({ password }));
    const buildkitd = await startBuildkitd({ registries: [registry.address] });
    const context = join(folder(), "context");
    await stopAfter([dockerd, registry, buildkitd], async () => {
      const login = ["login", "--username", registry.username, "--password-stdin"];
      await dockerd.docker([...login, registry.address], { input: password });
      const base = `${registry.address}/tools:1`;
      await busyboxImage(dockerd, base);
      await dockerd.docker(["push", "--quiet", base]);
      await buildkitd.createBuilder(dockerd, "own");
      await mkdir(context);
      const lines = [`FROM ${base}`, "RUN cat /proc/sys/kernel/random/uuid > /built"];
      await writeFile(join(context, "Dockerfile"), lines.join("\n"));
      const image = `${registry.address}/app:1`;
      const build = async (): Promise<unknown> => {
        const metadata = join(context, "metadata.json");
        const out = ["--push", "--provenance=false", "--metadata-file", metadata];
        const words = ["--builder", "own", "--tag", image, ...out, context];
        await dockerd.docker(["buildx", "build", ...words]);
        const written = JSON.parse(await readFile(metadata, "utf8")) as Record<string, unknown>;
        return written["containerimage.digest"];
      };
      const first = await build();
      expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
      await buildkitd.restart();
      expect(await build()).toBe(first);
      expect(await dockerd.docker(["run", "--rm", image, "cat", "/built"])).toMatch(
        /^[0-9a-f-]{36}\n$/,
      );
    });
    await rm(context, { recursive: true });
  });

  test("serves side by side with another", async () => {
    const both = await startAll(startBuildkitd(), startBuildkitd());
    const dockerd = await startDockerd();
    await stopAfter([...both, dockerd], async () => {
      for (const [at, buildkitd] of both.entries()) {
        await buildkitd.createBuilder(dockerd, `own${String(at)}`);
        const shown = await dockerd.docker(["buildx", "inspect", `own${String(at)}`]);
        expect(shown).toContain(`BuildKit version: v${await pinnedVersion("buildkitd")}`);
      }
    });
  });

  test("runs in a container, as a builder that buildx makes and removes", async () => {
    const [dockerd, registry] = await startAll(startDockerd(), startRegistry());
    const context = join(folder(), "context");
    await stopAfter([dockerd, registry], async () => {
      await buildkitImage(dockerd, "buildkit");
      await mkdir(context);
      const settings = join(context, "buildkitd.toml");
      await writeFile(settings, `[registry."${registry.address}"]\n  http = true\n`);
      await writeFile(join(context, "Dockerfile"), "FROM scratch\nCOPY buildkitd.toml /\n");
      const image = ["--driver-opt", "image=buildkit", "--driver-opt", "network=host"];
      const words = ["--driver", "docker-container", ...image, "--buildkitd-config", settings];
      await dockerd.docker(["buildx", "create", "--name", "own", ...words, "--bootstrap"]);
      const tag = `${registry.address}/app:1`;
      await dockerd.docker(["buildx", "build", "--builder", "own", "--push", "-t", tag, context]);
      expect(await registry.requests()).toContain("PUT /v2/app/manifests/1 201");
      await dockerd.docker(["buildx", "rm", "own"]);
      expect(await dockerd.docker(["ps", "--all", "--quiet"])).toBe("");
    });
    await rm(context, { recursive: true });
  });
});
