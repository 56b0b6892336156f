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
