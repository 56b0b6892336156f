import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BelayServer, shells } from "../support/belay-server.js";
import { isAlive } from "../support/processes.js";
import { until } from "../support/until.js";

const long = { "confirm-timeout": "60" };
/** What a restart line may be that leaves `sleep` running as the app. */
const ways = {
  "with nohup": "nohup sleep 600 & echo $! >$BELAY_PATH/daemon",
  "that keeps our standard output": "sleep 600 & echo $! >$BELAY_PATH/daemon",
  "in a session of its own": "setsid sh -c 'echo $$ >$BELAY_PATH/daemon; exec sleep 600' &",
  "by a double fork": "(sh -c 'echo $$ >$BELAY_PATH/daemon; exec sleep 600' &) &",
} as const;

const daemon = (server: BelayServer): number => Number(server.read("daemon"));
const started = (server: BelayServer) =>
  until("the daemon to run", () => server.exists("daemon") && server.read("daemon") !== "");

/** Each test has a server of its own, whose daemon ends with it. */
const withServer = (shell: string) =>
  test.extend<{ readonly server: BelayServer }>({
    // eslint-disable-next-line no-empty-pattern
    server: async ({}, use) => {
      const server = await BelayServer.start(shell);
      await use(server);
      if (server.exists("daemon") && isAlive(daemon(server)))
        process.kill(daemon(server), "SIGKILL");
      await server.stop();
    },
  });

// They mostly wait.
describe.concurrent.each(shells)("what restart lines may do, under %s", (shell) => {
  const it = withServer(shell);

  it.for(Object.entries(ways))(
    "a daemon %s outlives the operation and holds no lock",
    async ([, restart], { server }) => {
      await server.deploy("one", { restart, ...long });
      await started(server);
      expect(isAlive(daemon(server))).toBe(true);
      expect(
        filesOf(daemon(server)).filter((file) => /lock$|\.belay\/(bin|phase)/.test(file)),
      ).toEqual([]);
      // The lock is free for the next, and the daemon is none of its business.
      await server.deploy("two", { restart: "true", ...long });
      expect(isAlive(daemon(server))).toBe(true);
    },
  );

  it("a daemon can be interrupted: it inherits no ignored signals from us", async ({ server }) => {
    await server.deploy("one", { restart: ways["with nohup"], ...long }, { a: "1" });
    // The shell of the lines itself ignores SIGINT for what it starts by `&`: a program it waits for shows ours.
    const lines = 'grep SigIgn /proc/self/status >"$BELAY_PATH/signals"';
    await server.upload("two", { restart: lines, ...long }, { a: "2" });
    await server.steps("two", "activate");
    const ignored = Number.parseInt(server.read("signals").split("\t")[1] ?? "", 16);
    // busybox's setsid does not fork: there `&` has to.
    const expected = shell.startsWith("busybox") ? 0b110 : 0;
    expect(ignored & 0b110).toBe(expected);
    // The undo's restart of the release before, which the guardian starts, is no different.
    const undo = await server.call(["undo", "two"], "no\n");
    expect(undo.first("outcome")).toBe("undone");
  });

  it("the lines of an undo inherit no ignored signals either", async ({ server }) => {
    const restart = 'grep SigIgn /proc/self/status >"$BELAY_PATH/signals"';
    await server.deploy("one", { restart, ...long });
    await server.upload("two", { restart: "true", ...long }, { a: "2" });
    await server.steps("two", "activate");
    server.touch("signals");
    await server.call(["undo", "two"], "no\n");
    const ignored = Number.parseInt(server.read("signals").split("\t")[1] ?? "", 16);
    expect(ignored & 0b110).toBe(shell.startsWith("busybox") ? 0b110 : 0);
  });

  it("reading standard input meets its end, and there is no terminal to hold", async ({
    server,
  }) => {
    const restart = [
      'if read -r line; then echo "read $line"; else echo "no input"; fi',
      'if (exec </dev/tty) 2>/dev/null; then echo "a terminal"; else echo "no terminal"; fi',
    ].join("\n");
    await server.upload("one", { restart, ...long }, { a: "1" });
    const [activate] = await server.steps("one", "activate");
    expect(activate?.first("code")).toBe("0");
    expect(activate?.output).toContain("no input\nno terminal\n");
  });

  it("one that never ends is ended by the undo, with its children, and the old release is started", async ({
    server,
  }) => {
    const first = await server.deploy("one", {
      restart: 'echo "$BELAY_RELEASE" >"$BELAY_PATH/served"',
    });
    const restart = `trap '' TERM INT; ${ways["in a session of its own"]}\nwhile :; do sleep 1; done`;
    await server.upload("two", { restart, ...long }, { a: "2" });
    const step = server.start(["--porcelain", "step", "two", "activate", "0"]);
    await started(server);
    const undo = await server.call(["undo", "two"], "the restart lines never ended\n");
    step.kill();
    expect(undo.first("outcome")).toBe("undone");
    expect(isAlive(daemon(server))).toBe(false);
    expect(server.current()).toBe(first);
    expect(server.read("served")).toBe(`${first}\n`);
  });
});

/** What the descriptors of a process are open on. */
function filesOf(pid: number): string[] {
  const folder = `/proc/${String(pid)}/fd`;
  expect(readFileSync(`/proc/${String(pid)}/comm`, "utf8")).toBe("sleep\n");
  return readdirSync(folder).map((fd) => readlinkSync(`${folder}/${fd}`));
}
