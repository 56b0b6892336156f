import { randomBytes } from "node:crypto";
import { chmod, chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GateServer, startGateServer, untilFound } from "../support/gate-server.js";
import { type Compose, compose, composePrograms } from "../support/peers/compose.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { busyboxImage, variablesOf, type WebBehaviour, webImage } from "../support/peers/images.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { until } from "../support/until.js";
import { command, container, logs } from "../unit/gate/server-checks/checks.js";

describe("docker", () => {
  let folder: string;
  let dockerd: Dockerd;
  let server: GateServer;
  beforeAll(async () => {
    folder = await scratchFolder("gate-docker");
    // The socket's group is root's: whoever is let in is let in by chmod.
    dockerd = await startDockerd();
    await webImage(dockerd, { name: "shop/web:1" });
    await busyboxImage(dockerd, "tools");
  });
  beforeEach(async () => {
    server = await startGateServer({ DOCKER_HOST: `unix://${dockerd.socket}` });
    await letIn();
  });
  afterEach(async () => {
    await server.stop();
    const ids = (await dockerd.docker(["ps", "-aq"])).split("\n").filter(Boolean);
    if (ids.length > 0) await dockerd.docker(["rm", "-f", ...ids]);
  });
  afterAll(async () => {
    await dockerd.stop();
    await removeFolder(folder);
  });

  const letIn = () => chown(dockerd.socket, 0, server.sshd.user.gid);
  const start = (name: string, behaviour: WebBehaviour = {}, ...options: readonly string[]) => {
    const variables = Object.entries(variablesOf(behaviour)).map(
      (pair) => `--env=${pair.join("=")}`,
    );
    return dockerd.docker(["run", "-d", `--name=${name}`, ...variables, ...options, "shop/web:1"]);
  };
  const shell = (name: string, line: string, ...options: readonly string[]) =>
    dockerd.docker(["run", "-d", `--name=${name}`, ...options, "tools", "sh", "-c", line]);
  const named = (name: string) => container({ name, place: { container: name } });

  test("a container is starting, then healthy, then unhealthy with what its health check said", async () => {
    await start("web-1", { healthyAfterMs: 1500, unhealthyAfterMs: 6000 });
    expect(await server.find(named("web-1"))).toMatchObject({
      state: "unhealthy",
      reason: "web-1: docker's health check is starting",
    });
    await untilFound(server, named("web-1"), { state: "healthy", reason: "web-1 is healthy" });
    const sick = await untilFound(server, named("web-1"), { state: "unhealthy" });
    expect(sick.reason).toBe("web-1 is unhealthy by docker's health check");
    expect(sick.body).toBeDefined();
  });

  test("an exited container is known within 2 s of its exit, with its exit code", async () => {
    await start("web-1", { crashAfterMs: 2500 });
    const found = await untilFound(server, named("web-1"), { state: "hopeless" });
    const knownAt = Date.now();
    expect(found.reason).toMatch(/^web-1 exited with code [1-9]\d*$/);
    const finished = await dockerd.docker(["inspect", "--format={{.State.FinishedAt}}", "web-1"]);
    expect(knownAt - Date.parse(finished.trim())).toBeLessThan(2000);
  });

  test("a container that docker restarts is hopeless, or put up with as often as is said", async () => {
    await start("web-1", { crashAfterMs: 1500 }, "--restart=always");
    const patient = container({ name: "patient", place: { container: "web-1" }, maxRestarts: 50 });
    expect((await server.find(named("web-1"))).state).not.toBe("hopeless");
    await server.find(patient);
    const found = await untilFound(server, named("web-1"), { state: "hopeless" });
    expect(found.reason).toMatch(/^web-1 restarted since the gate began/);
    expect((await server.find(patient)).state).not.toBe("hopeless");
  });

  test("a container that was killed for want of memory is named so", async () => {
    await shell("hungry", "sleep 1; tail /dev/zero", "--memory=32m", "--memory-swap=32m");
    const found = await untilFound(server, named("hungry"), { state: "hopeless" });
    expect(found.reason).toBe("hungry was killed for want of memory (OOM)");
  });

  test("a container that could not be started says why", async () => {
    await dockerd
      .docker(["run", "-d", "--name=broken", "tools", "/no/such/program"])
      .catch(() => undefined);
    const found = await server.find(named("broken"));
    expect(found).toMatchObject({ state: "hopeless", reason: "broken could not be started" });
    expect(found.body).toContain("/no/such/program");
  });

  test.each(composePrograms)(
    "a service of compose $name is all of its containers",
    async (program) => {
      const project = `gate${randomBytes(3).toString("hex")}`;
      await up(program, project, "web");
      const check = container({ place: { service: "web", project } });
      await untilFound(server, check, { state: "healthy" });
      const other = container({ name: "other", place: { service: "web", project: "another" } });
      expect(await server.find(other)).toMatchObject({
        state: "unhealthy",
        reason: "docker knows no container: service web",
      });
      const [id = ""] = (await dockerd.docker(["ps", "-q"])).split("\n");
      await dockerd.docker(["stop", "-t", "1", id]);
      expect(await server.find(check)).toMatchObject({ state: "hopeless" });
    },
  );

  async function up(program: Compose, project: string, service: string): Promise<void> {
    const file = join(folder, `${project}.yml`);
    const lines = ["services:", `  ${service}:`, "    image: shop/web:1", "    network_mode: none"];
    await writeFile(file, `${['version: "3"', ...lines].join("\n")}\n`);
    await compose(dockerd, program, [
      "-f",
      file,
      "-p",
      project,
      "up",
      "-d",
      "--scale",
      `${service}=2`,
    ]);
  }

  test("an older release's container that was stopped beside the new one does not count", async () => {
    const label = "--label=com.docker.compose.service=web";
    const labels = [label, "--label=com.docker.compose.oneoff=False"];
    await start("web-1", {}, ...labels);
    await start("web-2", {}, ...labels);
    const check = container({ place: { service: "web", project: undefined } });
    await untilFound(server, check, { state: "healthy" });
    await dockerd.docker(["stop", "-t", "1", "web-1"]);
    expect(await server.find(check)).toMatchObject({
      state: "healthy",
      reason: "web-2 is healthy",
    });
    await dockerd.docker(["kill", "web-2"]);
    expect(await server.find(check)).toMatchObject({ state: "hopeless" });
  });

  test("a command runs inside, and one that is stuck there is ended there", async () => {
    await shell("tools-1", "sleep 600");
    const place = { container: "tools-1" };
    const inside = command("inside", 'cat /proc/1/comm; echo "it\'s $((6 * 7))"', {
      place,
      matches: /^it's 42$/m,
    });
    expect(await server.find(inside)).toMatchObject({ state: "healthy" });
    const failing = command("failing", "echo no >&2; exit 9", { place });
    expect(await server.find(failing)).toMatchObject({ reason: "exit code 9", body: "no" });
    const stuck = command("stuck", "sleep 501 & sleep 502", { place, attemptTimeoutMs: 1000 });
    expect(await server.find(stuck)).toMatchObject({ reason: "no answer within 1.0 s" });
    await until("the stuck command to end inside", async () => {
      const running = await dockerd.docker(["top", "tools-1"]);
      return !/sleep 50[12]/.test(running);
    });
  });

  test("a command cannot run in a container without a shell, or in one that is stopped", async () => {
    await start("web-1");
    const inside = command("inside", "true", { place: { container: "web-1" } });
    expect(await server.find(inside)).toMatchObject({
      state: "unhealthy",
      reason: "docker could not run sh: web-1",
    });
    await dockerd.docker(["kill", "web-1"]);
    expect(await server.find(inside)).toMatchObject({ reason: "no container runs: web-1" });
  });

  test("logs are read from the start of a new container, each line once, of both streams", async () => {
    await shell("tools-1", "echo listening; sleep 3; echo 'an ERROR' >&2; sleep 600");
    const source = { container: "tools-1" };
    const good = logs({ source, wanted: /^listening$/ });
    const quiet = logs({ name: "quiet", source, forbidden: /ERROR/, wanted: /never/ });
    await untilFound(server, good, { state: "healthy" });
    expect(await server.find(quiet)).toMatchObject({
      state: "unhealthy",
      reason: "no line that is wanted in the log of tools-1 so far",
    });
    expect(await untilFound(server, quiet, { state: "hopeless" })).toMatchObject({
      reason: "a forbidden line in the log of tools-1",
      body: "an ERROR",
    });
    expect(await server.find(good)).toMatchObject({ state: "healthy" });
  });

  test("no line of a busy log is left out", async () => {
    const lines = 4000;
    await shell(
      "busy-1",
      `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo "line $i of a log that is busy"; done; sleep 600`,
    );
    const source = { container: "busy-1" };
    await sleep(1500);
    const check = logs({ source, wanted: new RegExp(`^line ${lines} `), forbidden: /^line 0 / });
    const first = await server.find(check);
    expect(first).toMatchObject({ reason: "more new lines in the log than were read so far" });
    await untilFound(server, check, { state: "healthy" });
  });

  test("that the deploy user may not ask is hopeless; that is down is waited for", async () => {
    await start("web-1");
    await untilFound(server, named("web-1"), { state: "healthy" });
    await chown(dockerd.socket, 0, 0);
    await chmod(dockerd.socket, 0o660);
    expect(await server.find(named("web-1"))).toMatchObject({
      state: "hopeless",
      reason: "the deploy user may not ask docker",
    });
    await letIn();
    const away = await startGateServer({ DOCKER_HOST: `unix://${dockerd.socket}.none` });
    try {
      expect(await away.find(named("web-1"))).toMatchObject({
        state: "unhealthy",
        reason: "docker does not answer on the server",
      });
    } finally {
      await away.stop();
    }
  });
});
