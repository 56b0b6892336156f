import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemChildren } from "../../../src/platform/system-children.js";
import { until } from "../../support/until.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "belay-children-"));
});
afterEach(() => rm(folder, { recursive: true }));

const children = systemChildren({
  PATH: process.env["PATH"],
  KEPT: "kept",
  INPUT_PASSWORD: "planted-input",
  STATE_TOKEN: "planted-state",
  ACTIONS_RUNTIME_TOKEN: "planted-token",
  GITHUB_OUTPUT: "/planted/file",
});

function shell(line: string): { readonly argv: readonly string[]; readonly cwd: string } {
  return { argv: ["bash", "-c", line], cwd: folder };
}

/** Writes its id into `pid`, and leaves the group and the parent that started it. */
const daemon = `setsid bash -c 'echo $$ > pid; exec sleep 300' > /dev/null 2>&1 < /dev/null & while [ ! -s pid ]; do sleep 0.02; done`;

async function isAlive(file: string): Promise<boolean> {
  const id = (await readFile(join(folder, file), "utf8")).trim();
  const status = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
  return status !== "" && !status.includes(") Z ");
}

describe("a program of the project", () => {
  it("sees what the job gives, and nothing that is only for actions", async () => {
    const end = await children.run({ ...shell("env"), keepStdout: 1 << 20, env: { MORE: "more" } });
    expect(end.stdout).toMatch(/^KEPT=kept$/m);
    expect(end.stdout).toMatch(/^MORE=more$/m);
    expect(end.stdout).not.toContain("planted");
    expect(end.stdout).not.toMatch(/^(?:INPUT|STATE|ACTIONS)_|^GITHUB_OUTPUT=/m);
  });

  it("sees no variable that is taken out", async () => {
    const end = await children.run({
      ...shell("env"),
      keepStdout: 1 << 20,
      env: { KEPT: undefined },
    });
    expect(end.stdout).not.toContain("KEPT");
  });

  it("tells its exit code, its output and the end of it", async () => {
    const heard: string[] = [];
    const end = await children.run({
      ...shell("echo out; echo err >&2; exit 3"),
      keepStdout: 100,
      onOutput: (text) => heard.push(text),
    });
    expect(end).toMatchObject({ code: 3, signal: null, stdout: "out\n", isCut: false });
    expect(end.tail).toContain("err");
    expect(heard.join("")).toContain("out\n");
  });

  it("has no standard input to wait at", async () => {
    expect((await children.run(shell("read -r answer"))).code).toBe(1);
  });

  it("may print what is no UTF-8, and letters in two halves", async () => {
    const line = `printf '\\xff\\xc3'; sleep 0.1; printf '\\xa9 end'`;
    const end = await children.run({ ...shell(line), keepStdout: 100 });
    expect(end.stdout).toBe("\ufffdé end");
  });

  it("may print 50 MB: what is kept stays small", async () => {
    let heard = 0;
    const end = await children.run({
      ...shell("head -c 50000000 /dev/zero | tr '\\0' x"),
      keepStdout: 10,
      onOutput: (text) => (heard += text.length),
    });
    expect(heard).toBe(50_000_000);
    expect(end).toMatchObject({ stdout: "xxxxxxxxxx", isCut: true, code: 0 });
    expect(end.tail.length).toBeLessThanOrEqual(8 << 10);
  });

  it("leaves nothing running when it ends, not even a daemon in a session of its own", async () => {
    const end = await children.run(shell(daemon));
    expect(end.code).toBe(0);
    await until("the daemon to be gone", async () => !(await isAlive("pid")));
  });

  it("is ended with everything that it started", async () => {
    const stop = new AbortController();
    const running = children.run({ ...shell(`${daemon}; sleep 300`), signal: stop.signal });
    await until("the daemon to run", () => isAlive("pid").catch(() => false));
    stop.abort();
    const end = await running;
    expect(end.code).toBeNull();
    await until("the daemon to be gone", async () => !(await isAlive("pid")));
  });

  it("that does not listen to the end is killed", async () => {
    const stop = new AbortController();
    const line = "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done";
    const running = children.run({ ...shell(line), signal: stop.signal });
    await until("it to run", () => isAlive("pid").catch(() => false));
    stop.abort();
    expect(await running).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  it("that is not there is named", async () => {
    const run = children.run({ argv: ["no-such-program"], cwd: folder });
    await expect(run).rejects.toMatchObject({ code: "tool-missing" });
  });
});
