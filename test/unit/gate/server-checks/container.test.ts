import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ContainerMemory,
  readContainers,
} from "../../../../src/gate/server-checks/container.js";
import type { Found } from "../../../../src/gate/server-checks/found.js";
import { container } from "./checks.js";
import { CheckServer, shells } from "./check-server.js";
import { installDocker } from "./stand-in-docker.js";

const started = {
  id: "a1",
  name: "/shop-web-1",
  status: "running",
  exitCode: 0,
  killedForMemory: false,
  restarts: 0,
  created: "2026-11-21T12:00:00.123456789Z",
  finished: "0001-01-01T00:00:00Z",
  health: "",
  said: "",
  error: "",
};
type State = Partial<typeof started>;

/** The findings of rounds in a row, each with these containers. */
function rounds(
  check: Parameters<typeof readContainers>[0],
  ...all: readonly (readonly State[])[]
) {
  let memory: ContainerMemory | undefined;
  return all.map((states): Found | undefined => {
    const lines = states.map((state) => `${JSON.stringify({ ...started, ...state })}\n`);
    const answer = { code: 0, bytes: Buffer.from(`ran\n${lines.join("")}`) };
    const reading = readContainers(check, answer, memory);
    memory = reading.memory;
    return reading.found;
  });
}

function once(...states: readonly State[]): Found | undefined {
  return rounds(container(), states)[0];
}

describe("a container", () => {
  it("is healthy when it runs, and by docker's health check where it has one", () => {
    expect(once({})).toEqual({ state: "healthy", reason: "shop-web-1 is running" });
    expect(once({ health: "healthy" })).toMatchObject({ reason: "shop-web-1 is healthy" });
    expect(once({ health: "starting" })).toMatchObject({ state: "unhealthy" });
    expect(once({ health: "unhealthy", said: "no\nanswer" })).toEqual({
      state: "unhealthy",
      reason: "shop-web-1 is unhealthy by docker's health check",
      body: "no answer",
    });
  });

  it("that exited or was killed for want of memory is hopeless at once", () => {
    expect(once({ status: "exited", exitCode: 3 })).toEqual({
      state: "hopeless",
      reason: "shop-web-1 exited with code 3",
    });
    expect(once({ status: "exited", exitCode: 137, killedForMemory: true })).toMatchObject({
      state: "hopeless",
      reason: "shop-web-1 was killed for want of memory (OOM)",
    });
    expect(once({ status: "dead", error: "driver failed" })).toMatchObject({
      state: "hopeless",
      body: "driver failed",
    });
  });

  it("that is paused or not started so far is waited for; one that docker could not start is hopeless", () => {
    expect(once({ status: "paused" })).toMatchObject({ reason: "shop-web-1 is paused" });
    expect(once({ status: "created" })).toMatchObject({ state: "unhealthy" });
    expect(once({ status: "created", error: "port is taken" })).toEqual({
      state: "hopeless",
      reason: "shop-web-1 could not be started",
      body: "port is taken",
    });
  });

  it("may have restarted before the gate began, and not after", () => {
    const found = rounds(container(), [{ restarts: 5 }], [{ restarts: 5 }], [{ restarts: 6 }]);
    expect(found.map((one) => one?.state)).toEqual(["healthy", "healthy", "hopeless"]);
    expect(found.at(-1)?.reason).toBe("shop-web-1 restarted since the gate began");
  });

  it("has no restarts before the gate when it came after the first look", () => {
    const found = rounds(container(), [{}], [{}, { id: "b2", name: "/shop-web-2", restarts: 1 }]);
    expect(found.at(-1)).toMatchObject({ state: "hopeless" });
  });

  it("that is being restarted at the first look is not forgiven for that", () => {
    expect(once({ status: "restarting", restarts: 3, exitCode: 9 })).toEqual({
      state: "hopeless",
      reason: "shop-web-1 restarted since the gate began, exit code 9",
    });
  });

  it("may restart as often as `max-restarts` says", () => {
    const check = container({ maxRestarts: 2 });
    const states = [0, 1, 2, 3].map((restarts) => [{ restarts }]);
    expect(rounds(check, ...states).map((one) => one?.state)).toEqual([
      "healthy",
      "healthy",
      "healthy",
      "hopeless",
    ]);
    const restarting = rounds(check, [{}], [{ status: "restarting", restarts: 1 }]);
    expect(restarting.at(-1)).toMatchObject({ state: "unhealthy" });
  });

  it("in which a process was killed for want of memory since the gate began is hopeless", () => {
    const found = rounds(container(), [{}], [{ killedForMemory: true }]);
    expect(found.map((one) => one?.state)).toEqual(["healthy", "hopeless"]);
    expect(once({ killedForMemory: true })).toMatchObject({ state: "degraded" });
  });

  it("of several counts with the gravest of them", () => {
    const bad = { id: "b2", name: "/shop-web-2", status: "exited", exitCode: 1 };
    expect(once({}, bad, { health: "starting" })).toMatchObject({
      state: "hopeless",
      reason: "shop-web-2 exited with code 1",
    });
  });

  it("that was stopped for a newer one, or ended before that came, counts no more", () => {
    const later = { id: "b2", name: "/shop-web-2", created: "2026-11-21T12:10:00Z" };
    const finished = "2026-11-21T12:09:00Z";
    for (const exitCode of [0, 137, 143])
      expect(
        once(later, { status: "exited", exitCode, finished: "2026-11-21T12:11:00Z" }),
      ).toMatchObject({ state: "healthy" });
    expect(once(later, { status: "exited", exitCode: 1, finished })).toMatchObject({
      state: "healthy",
    });
  });

  it("that crashed beside a newer one, or ended with none that runs, counts", () => {
    const later = { id: "b2", name: "/shop-web-2", created: "2026-11-21T12:10:00Z" };
    const crashed = { status: "exited", exitCode: 1, finished: "2026-11-21T12:11:00Z" };
    expect(once(later, crashed)).toMatchObject({ state: "hopeless" });
    expect(once({ ...later, status: "exited" }, { status: "exited" })).toMatchObject({
      state: "hopeless",
    });
    const newer = { ...later, status: "exited", exitCode: 143 };
    expect(once(newer, {})).toMatchObject({ state: "hopeless" });
  });

  it("is not judged by half of what docker says", () => {
    const whole = `${JSON.stringify(started)}\n`;
    const texts = [
      "ran\n",
      `ran\n${whole}${whole.slice(0, 40)}`,
      "ran\nnull\n",
      "ran\n[]\n",
      `ran\n${JSON.stringify({ ...started, restarts: "1" })}\n`,
      `ran\n${JSON.stringify({ ...started, killedForMemory: undefined })}\n`,
      `ran\n${JSON.stringify({ ...started, created: "yesterday" })}\n`,
    ];
    for (const text of texts) {
      const answer = { code: 0, bytes: Buffer.from(text) };
      expect(readContainers(container(), answer, undefined).found).toBeUndefined();
    }
  });
});

describe.each(shells)("docker, asked under %s,", (shell) => {
  let server: CheckServer;
  beforeEach(async () => (server = await CheckServer.start(shell)));
  afterEach(() => server.stop());

  it("tells of all containers of a service", async () => {
    const inspect = {
      "web-1": `${JSON.stringify(started)}\n`,
      "web-2": `${JSON.stringify({ ...started, id: "b2", status: "exited", exitCode: 3 })}\n`,
    };
    await installDocker(server, { running: ["web-1"], stopped: ["web-2"], inspect });
    expect(await server.find(container())).toMatchObject({
      state: "hopeless",
      reason: "shop-web-1 exited with code 3",
    });
    const one = container({ place: { container: "web-1" } });
    expect(await server.find(one)).toMatchObject({ state: "healthy" });
  });

  it("is asked only for those of the newest one's image", async () => {
    const inspect = {
      "web-2": `${JSON.stringify(started)}\n`,
      "web-1": `${JSON.stringify({ ...started, status: "exited", exitCode: 1 })}\n`,
    };
    await installDocker(server, { running: ["web-2"], older: ["web-1"], inspect });
    expect(await server.find(container())).toMatchObject({ state: "healthy" });
  });

  it("that knows none of the name is asked again", async () => {
    await installDocker(server, {});
    const places = [{ service: "web", project: "shop" }, { container: "web-1" }];
    for (const place of places)
      expect(await server.find(container({ place }))).toMatchObject({ state: "unhealthy" });
  });

  it("that answers in a way of its own is not taken for one that knows none", async () => {
    await installDocker(server, { running: ["web-1"], inspect: { "web-1": "" } });
    expect(await server.find(container())).toMatchObject({
      state: "unhealthy",
      reason: "docker tells the state of a container in an unknown way",
    });
  });

  it("that is down or missing is said to be", async () => {
    await installDocker(server, { down: true });
    expect(await server.find(container())).toMatchObject({
      state: "unhealthy",
      reason: "docker does not answer on the server",
    });
    await installDocker(server, {});
    server.lacks("command -v docker");
    expect(await server.find(container())).toMatchObject({
      state: "hopeless",
      reason: "docker is missing on the server",
      remedy: expect.stringContaining("Install docker") as unknown,
    });
  });
});
