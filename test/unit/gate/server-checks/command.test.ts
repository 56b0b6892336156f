import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchProcessList } from "../../../support/secret-search.js";
import { command } from "./checks.js";
import { CheckServer, shells } from "./check-server.js";
import { installDocker } from "./stand-in-docker.js";

describe.each(shells)("a command check under %s", (shell) => {
  let server: CheckServer;
  beforeEach(async () => (server = await CheckServer.start(shell)));
  afterEach(() => server.stop());

  it("is judged by its exit code, and shows the output of both streams on one line", async () => {
    expect(await server.find(command("c", "true"))).toMatchObject({ state: "healthy" });
    expect(await server.find(command("c", "echo out; echo err >&2; exit 3"))).toMatchObject({
      state: "unhealthy",
      reason: "exit code 3",
      body: "out err",
    });
    const wanted = command("c", "exit 0", { exitCode: 4 });
    expect(await server.find(wanted)).toMatchObject({
      state: "unhealthy",
      reason: "exit code 0, wanted 4",
      body: "",
    });
  });

  it("keeps the line as it was written: quotes, dollars, several lines", async () => {
    const line = `x='it'"'"'s'\nprintf '%s|%s\\n' "$x" \\$HOME`;
    const check = command("c", line, { matches: /^it's\|\$HOME$/m });
    expect(await server.find(check)).toMatchObject({ state: "healthy" });
  });

  it("wants the pattern in the first 64 KiB of the output", async () => {
    const far = "head -c 70000 /dev/zero | tr '\\0' x; echo version 2";
    const matches = /version 2/;
    expect(await server.find(command("c", "echo version 2", { matches }))).toMatchObject({
      state: "healthy",
    });
    expect(await server.find(command("c", far, { matches }))).toMatchObject({
      state: "unhealthy",
      reason: "the output does not match the pattern",
    });
  });

  it("gives up on a pattern that takes too long", async () => {
    const line = "head -c 40 /dev/zero | tr '\\0' a; echo !";
    const began = Date.now();
    const check = command("c", line, { matches: /^(?:a|a?)+$/ });
    expect(await server.find(check)).toMatchObject({
      state: "unhealthy",
      reason: "the pattern takes too long on this output",
    });
    expect(Date.now() - began).toBeLessThan(5000);
  });

  it("shows no command of a runner from what the server said", async () => {
    const { body } = await server.find(command("c", "printf 'a\\n::error::b ##[error]c'; exit 1"));
    expect(body).toBe("a ::error::b ## [error]c");
  });

  it("runs inside a container, and stands on no command line", async () => {
    const secret = "s3cret-in-a-line";
    await installDocker(server, { running: ["web-1"] });
    const watch = watchProcessList([secret]);
    const line = `echo "${secret} in $CONTAINER"; sleep 0.3; exit 4`;
    const check = command("c", line, {
      place: { service: "web", project: "shop" },
      exitCode: 4,
      matches: new RegExp(`${secret} in web-1`),
    });
    expect(await server.find(check)).toMatchObject({ state: "healthy" });
    expect(await server.find(command("c", `: ${secret}; sleep 0.3`))).toMatchObject({
      state: "healthy",
    });
    expect(watch.stop()).toEqual([]);
  });

  it("says why it could not be run inside a container", async () => {
    const inside = (container: string) => command("c", "true", { place: { container } });
    await installDocker(server, { running: ["web-1"], stopped: ["old-1"], shellless: ["bare-1"] });
    expect(await server.find(inside("old-1"))).toMatchObject({
      state: "unhealthy",
      reason: "no container runs: old-1",
    });
    expect(await server.find(inside("other"))).toMatchObject({
      state: "unhealthy",
      reason: "docker knows no container: other",
    });
    expect(await server.find(inside("bare-1"))).toMatchObject({
      state: "unhealthy",
      reason: "docker could not run sh: bare-1",
      body: expect.stringContaining("executable file not found") as unknown,
    });
    const service = command("c", "true", { place: { service: "none", project: undefined } });
    expect(await server.find(service)).toMatchObject({
      reason: "docker knows no container: service none",
    });
  });
});
