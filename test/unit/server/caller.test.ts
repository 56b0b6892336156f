import { describe, expect, it } from "vitest";
import { Caller } from "../../../src/server/caller.js";
import { programOf } from "../../../src/server/program.js";
import { RecordingLog } from "../../support/recording-log.js";
import { type Script, ScriptedHost } from "../../support/scripted-host.js";

async function caller(
  script: Script,
): Promise<{ caller: Caller; host: ScriptedHost; log: RecordingLog }> {
  const [host, log] = [new ScriptedHost(script), new RecordingLog()];
  await host.connect();
  return {
    caller: new Caller(host, programOf(Buffer.from("the program")), "/srv/app", log),
    host,
    log,
  };
}

describe("a call", () => {
  it("brings the program once, where the server has none of this version", async () => {
    let installed = "";
    const it = await caller(async (call) => {
      if (call.words[0] === "install") {
        installed = (await call.input()).toString();
        call.record("installed");
        return 0;
      }
      if (installed === "") call.record("need-program");
      else call.record("current", "r1");
      return installed === "" ? 1 : 0;
    });
    expect((await it.caller.call(["status"])).records).toEqual([
      { key: "current", values: ["r1"] },
    ]);
    expect(installed).toBe("the program");
    expect(it.host.calls).toEqual(["status", "install 11 find", "status"]);
  });

  it.each([
    ["not-writable", "not-writable"],
    ["disk-full", "disk-full"],
    ["damaged", "connection-lost"],
  ])("says what to do when the server cannot take the program (%s)", async (why, code) => {
    const it = await caller(async (call) => {
      if (call.words[0] === "install") await call.input();
      if (call.words[0] === "install") call.record("refused", why);
      else call.record("need-program");
      return 1;
    });
    await expect(it.caller.call(["status"])).rejects.toMatchObject({ code });
  });

  it("shows what the login shell said instead of running a command", async () => {
    const it = await caller((call) => {
      call.raw("This account is currently not available.\n");
      return 1;
    });
    await expect(it.caller.call(["status"])).rejects.toMatchObject({
      code: "command-failed",
      message:
        'deploy@server:22 ran no command: exit code 1, "This account is currently not available."',
    });
  });

  it("keeps the noise of a login shell for whoever debugs", async () => {
    const it = await caller((call) => {
      call.raw("Welcome!\n");
      call.record("current", "none");
      return 0;
    });
    await it.caller.call(["status"]);
    expect(it.log.of("debug")).toEqual(["login shell: Welcome!"]);
  });

  it("stops waiting when it is told to", async () => {
    const it = await caller(() => new Promise<number>(() => undefined));
    const stop = new AbortController();
    const call = it.caller.call(["status"], { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
  });
});

describe("calls that follow one another", () => {
  /** A caller whose host keeps the words of each command that was started. */
  async function series(script: Script): Promise<{
    readonly caller: Caller;
    readonly host: ScriptedHost;
    readonly started: readonly string[];
  }> {
    const { caller: made, host } = await caller(script);
    const started: string[] = [];
    const start = host.start.bind(host);
    host.start = (command) => {
      started.push(command.split(" ").at(-1) ?? "");
      return start(command);
    };
    return { caller: made, host, started };
  }
  const answering: Script = async (call) => {
    call.record("heard", (await call.input()).toString());
    return 0;
  };

  it("are made on channels that were opened before, with their input", async () => {
    const { caller, host, started } = await series(answering);
    const send = (text: string) => ({
      send: (input: { write(bytes: Uint8Array): Promise<void> }) => input.write(Buffer.from(text)),
    });
    const replies = [
      await caller.call(["begin"], { turn: "first", ...send("plan") }),
      await caller.call(["step", "a"], { turn: "next", ...send("tar") }),
      await caller.call(["confirm"], { turn: "last" }),
    ];
    expect(replies.map(({ records }) => records[0]?.values[0])).toEqual(["plan", "tar", ""]);
    expect(host.calls).toEqual(["begin", "step a", "confirm"]);
    expect(started).toEqual(["begin", "next", "next"]);
  });

  it("leave the channel that waits to the series", async () => {
    const { caller, started } = await series(answering);
    await caller.call(["begin"], { turn: "first" });
    await caller.call(["attend"]);
    await caller.call(["confirm"], { turn: "last" });
    expect(started).toEqual(["begin", "next", "attend"]);
  });

  it("are made by themselves on a new connection", async () => {
    const { caller, host, started } = await series((call) =>
      call.words[0] === "step" ? call.drop() : answering(call),
    );
    await caller.call(["begin"], { turn: "first" });
    await expect(caller.call(["step"], { turn: "next" })).rejects.toThrow("dropped");
    await host.connect();
    await caller.call(["confirm"], { turn: "last" });
    expect(started).toEqual(["begin", "next", "next", "confirm"]);
    expect(host.calls).toEqual(["begin", "step", "confirm"]);
  });

  it("are made by themselves where no second channel can be had", async () => {
    const { caller, host, started } = await series(answering);
    const start = host.start.bind(host);
    host.start = (command) =>
      command.endsWith(" next") ? Promise.reject(new Error("MaxSessions")) : start(command);
    await caller.call(["begin"], { turn: "first" });
    expect((await caller.call(["confirm"], { turn: "last" })).code).toBe(0);
    expect(started).toEqual(["begin", "confirm"]);
  });

  it("are made again where the channel had ended before it heard them", async () => {
    const { caller, host } = await series(answering);
    const start = host.start.bind(host);
    // What a shell says that was ended in the moment when the call was sent.
    host.start = async (command) => {
      if (!command.endsWith(" next")) return start(command);
      const channel = await start(command);
      const write = (): Promise<void> => {
        channel.end();
        return Promise.resolve();
      };
      return { ...channel, write };
    };
    await caller.call(["begin"], { turn: "first" });
    expect((await caller.call(["confirm"], { turn: "last" })).records).toHaveLength(1);
    expect(host.calls).toEqual(["begin", "confirm"]);
  });
});
