import { appendFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogsCheck } from "../../../../src/gate/check.js";
import { type LogsMemory, readLogs } from "../../../../src/gate/server-checks/logs.js";
import { logs } from "./checks.js";
import { CheckServer, shells } from "./check-server.js";
import { installDocker } from "./stand-in-docker.js";

const forbidden = /ERROR/;

describe.each(shells)("the log in a file, read under %s,", (shell) => {
  let server: CheckServer;
  let file: string;
  beforeEach(async () => {
    server = await CheckServer.start(shell);
    file = join(server.folder, "it's a log");
    await writeFile(file, "ERROR of long ago\n");
  });
  afterEach(() => server.stop());
  const check = (own: Partial<LogsCheck>) => logs({ source: { file }, ...own });

  it("counts from when the gate began; one forbidden line is never forgotten", async () => {
    const quiet = check({ forbidden });
    expect(await server.find(quiet)).toMatchObject({
      state: "healthy",
      reason: "no forbidden line",
    });
    await appendFile(file, "fine\n");
    expect(await server.find(quiet)).toMatchObject({ state: "healthy" });
    await appendFile(file, "fine\nan ERROR in line 7\nfine\n");
    const hopeless = {
      state: "hopeless",
      reason: `a forbidden line in the log of ${file}`,
      body: "an ERROR in line 7",
    };
    expect(await server.find(quiet)).toMatchObject(hopeless);
    expect(await server.find(quiet)).toMatchObject(hopeless);
  });

  it("is waited for until the wanted line is there, once", async () => {
    const waiting = check({ wanted: /^listening on \d+$/, forbidden });
    expect(await server.find(waiting)).toMatchObject({
      state: "unhealthy",
      reason: `no line that is wanted in the log of ${file} so far`,
    });
    await appendFile(file, "listening on 80");
    expect(await server.find(waiting)).toMatchObject({ state: "unhealthy" });
    await appendFile(file, "80\n");
    const good = "the wanted line was logged, and none that is forbidden";
    expect(await server.find(waiting)).toMatchObject({ state: "healthy", reason: good });
    expect(await server.find(waiting)).toMatchObject({ state: "healthy", reason: good });
  });

  it("is read on where it was rotated, cut, or came late", async () => {
    const quiet = check({ forbidden });
    await server.find(quiet);
    await rename(file, `${file}.1`);
    expect(await server.find(quiet)).toMatchObject({
      state: "unhealthy",
      reason: `there is no file ${file} on the server`,
    });
    await writeFile(file, "fine\n".repeat(2000));
    expect(await server.find(quiet)).toMatchObject({ state: "healthy" });
    await truncate(file);
    await appendFile(file, "ERROR again\n");
    expect(await server.find(quiet)).toMatchObject({ state: "hopeless", body: "ERROR again" });
  });

  it("that comes only after the gate began is read from its beginning", async () => {
    await rm(file);
    const quiet = check({ forbidden });
    expect(await server.find(quiet)).toMatchObject({ state: "unhealthy" });
    await writeFile(file, "ERROR at start\n");
    expect(await server.find(quiet)).toMatchObject({ state: "hopeless" });
  });

  it("is not healthy before all of it was looked at, however much there is", async () => {
    const quiet = check({ forbidden });
    await server.find(quiet);
    await appendFile(file, `${"a line of some length\n".repeat(16_000)}ERROR at the end\n`);
    const states: string[] = [];
    while (states.at(-1) !== "hopeless" && states.length < 6)
      states.push((await server.find(quiet)).state);
    expect(states).toEqual(["unhealthy", "unhealthy", "hopeless"]);
  });

  it("is not held up by a line without an end", async () => {
    const quiet = check({ forbidden });
    await server.find(quiet);
    await appendFile(file, `${"x".repeat(300_000)}\nERROR\n`);
    let finding = await server.find(quiet);
    for (let round = 0; round < 3; round += 1) finding = await server.find(quiet);
    expect(finding).toMatchObject({ state: "hopeless", body: "ERROR" });
  });

  it("that is a folder is said to be no file", async () => {
    const folder = check({ source: { file: server.folder }, forbidden });
    expect(await server.find(folder)).toMatchObject({
      state: "unhealthy",
      reason: `there is no file ${server.folder} on the server`,
    });
  });
});

/** A line as `docker logs --timestamps` prints it, after the mark that our script puts before it. */
function at(second: string, text: string): string {
  return `|2026-11-21T12:00:${second}Z ${text}\n`;
}

/** Rounds in a row, each with what the script printed after `ran`. */
function rounds(check: LogsCheck, ...answers: readonly string[]) {
  let memory: LogsMemory = {};
  return answers.map((text) => {
    const reading = readLogs(check, { code: 0, bytes: Buffer.from(`ran\n${text}`) }, memory);
    memory = reading.memory;
    return reading.found;
  });
}

describe("the log of a container", () => {
  const check = logs({ source: { service: "web", project: undefined }, forbidden });
  const head = (id: string, bytes = 1000) =>
    `container ${id} ${String(bytes)} 2026-11-21T12:00:00Z\n`;

  it("is read once: what docker tells again is left out", () => {
    const counting = logs({ source: check.source, forbidden, wanted: /second/ });
    const first = `${head("a1")}${at("01.1", "first")}\n`;
    const again = `${head("a1")}${at("01.1", "first")}${at("01.1", "second")}\n`;
    expect(rounds(counting, first, first, again).map((one) => one?.state)).toEqual([
      "unhealthy",
      "unhealthy",
      "healthy",
    ]);
  });

  it("finds a forbidden line in any container, and in a line that is empty otherwise", () => {
    const both = `${head("a1")}${at("01.1", "fine")}\n${head("b2")}|2026-11-21T12:00:02Z\n${at("03", "ERROR")}\n`;
    expect(rounds(check, both.replace("|2026-11-21T12:00:02Z\n", at("02", "")))).toMatchObject([
      { state: "hopeless", reason: "a forbidden line in the log of service web", body: "ERROR" },
    ]);
  });

  it("is not healthy while it was cut, and is read on from the last whole line", () => {
    const cut = `${head("a1", 60)}${at("01.1", "fine")}|2026-11-21T12:00:02.1Z ERR\n`;
    const rest = `${head("a1", 60)}${at("01.1", "fine")}${at("02.1", "ERROR")}\n`;
    expect(rounds(check, cut, rest).map((one) => one?.state)).toEqual(["unhealthy", "hopeless"]);
  });

  it("is not healthy when so much came that docker left some out", () => {
    const many = at("09.1", "fine").repeat(5000);
    const found = rounds(
      check,
      `${head("a1")}${at("01.1", "x")}\n`,
      `${head("a1", 999_999)}${many}\n`,
    );
    expect(found.at(-1)).toMatchObject({
      state: "unhealthy",
      reason: "more new lines in the log at a time than can be read",
    });
  });

  it("that docker cannot read says so", () => {
    const said = `${head("a1")}|Error response from daemon: configured logging driver does not support reading\n\n`;
    expect(rounds(check, said)).toMatchObject([
      {
        state: "unhealthy",
        reason: "docker cannot read the log of service web",
        body: "Error response from daemon: configured logging driver does not support reading",
      },
    ]);
  });

  it("is not judged by half of an answer", () => {
    for (const text of [
      "",
      "container a1\n",
      head("a1"),
      `${head("a1")}|2026`,
      `noise\n${head("a1")}\n`,
    ])
      expect(rounds(check, text)).toEqual([undefined]);
  });
});

describe.each(shells)("docker's logs, asked under %s,", (shell) => {
  let server: CheckServer;
  beforeEach(async () => (server = await CheckServer.start(shell)));
  afterEach(() => server.stop());

  it("are those of all containers, from their start where they are young, else from now on", async () => {
    const young = new Date(Date.now() - 60_000).toISOString();
    await installDocker(server, {
      running: ["web-1", "web-2"],
      logs: { "web-1": `${young} fine\n`, "web-2": "" },
    });
    await writeFile(join(server.folder, "docker/web-1.started"), young);
    await writeFile(join(server.folder, "docker/web-2.started"), "2020-01-01T00:00:00.000000001Z");
    const check = logs({ source: { service: "web", project: undefined }, forbidden });
    expect(await server.find(check)).toMatchObject({ state: "healthy" });
    const positions = server.memory.logs.get("log")?.containers;
    expect(positions?.get("web-1")).toEqual({ since: young, same: 1 });
    const since = Date.parse(positions?.get("web-2")?.since ?? "");
    expect(Math.abs(Date.now() - since)).toBeLessThan(10_000);
    await writeFile(
      join(server.folder, "docker/web-2.logs"),
      `${new Date().toISOString()} ERROR\n`,
    );
    expect(await server.find(check)).toMatchObject({ state: "hopeless", body: "ERROR" });
  });

  it("are read from the making of a young container on: docker dates its start later than its first lines", async () => {
    const made = new Date(Date.now() - 60_000).toISOString();
    const started = new Date(Date.now() - 59_000).toISOString();
    await installDocker(server, { running: ["web-1"], logs: { "web-1": "" } });
    await writeFile(join(server.folder, "docker/web-1.created"), made);
    await writeFile(join(server.folder, "docker/web-1.started"), started);
    await server.find(logs({ source: { container: "web-1" }, forbidden }));
    expect(server.memory.logs.get("log")?.containers?.get("web-1")?.since).toBe(made);
  });

  it("are bounded: 128 KiB of all containers together", async () => {
    const line = `${new Date().toISOString()} ${"x".repeat(1000)}\n`;
    const long = line.repeat(1000);
    await installDocker(server, {
      running: ["web-1", "web-2"],
      logs: { "web-1": long, "web-2": long },
    });
    for (const name of ["web-1", "web-2"])
      await writeFile(join(server.folder, `docker/${name}.started`), new Date().toISOString());
    const check = logs({ source: { service: "web", project: undefined }, forbidden });
    expect(await server.find(check)).toMatchObject({
      state: "unhealthy",
      reason: "more new lines in the log than were read so far",
    });
  });
});
