import type { HttpRequest, HttpResponse } from "../../src/ports/http.js";
import { programOf } from "../../src/server/program.js";
import type { Platform, World } from "../../src/ssh-deploy-with-backup/platform.js";
import { FakeClock } from "./fake-clock.js";
import { leastInputs } from "./raw-inputs.js";
import { RecordingLog } from "./recording-log.js";
import { ScriptedHost } from "./scripted-host.js";
import { type Answers, answeringAs } from "./server-line.js";

/** A platform of fakes, and what the action did to it. */
export interface FakePlatform {
  readonly platform: Platform;
  readonly host: ScriptedHost;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly outputs: Readonly<Record<string, string>>;
  readonly saved: Readonly<Record<string, string>>;
  readonly summaries: readonly string[];
  readonly asked: readonly HttpRequest[];
  readonly failed: () => boolean;
  readonly cancel: () => void;
}

export interface FakePlatformOptions {
  /** Over the least that a deploy needs, without files to upload. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly answers?: Answers;
  readonly state?: Readonly<Record<string, string>>;
  /** The app's answer; default 200 with an empty body. */
  readonly http?: (request: HttpRequest) => Partial<HttpResponse>;
}

/** Everything that the action needs of the world, with a server that answers as `answers` say. */
export function fakePlatform({
  inputs = {},
  answers = {},
  state = {},
  http = () => ({}),
}: FakePlatformOptions = {}): FakePlatform {
  const raw: Readonly<Record<string, string>> = { ...leastInputs, source: "none", ...inputs };
  const [clock, log, host] = [
    new FakeClock(),
    new RecordingLog(),
    new ScriptedHost(answeringAs(answers)),
  ];
  const outputs: Record<string, string> = {};
  const saved: Record<string, string> = {};
  const summaries: string[] = [];
  const asked: HttpRequest[] = [];
  const cancel = new AbortController();
  let failed = false;
  const world: World = {
    http: {
      request: (request) => {
        asked.push(request);
        return Promise.resolve({ status: 200, headers: {}, body: "", ...http(request) });
      },
    },
    tcp: { touch: () => Promise.resolve() },
    processes: { run: () => Promise.reject(new Error("there is no git")) },
    openHost: () => host,
    readProgram: () => Promise.resolve(programOf(Buffer.from("echo"))),
  };
  const platform: Platform = {
    clock,
    log,
    signal: cancel.signal,
    run: {
      sha: "b".repeat(40),
      ref: "refs/heads/main",
      actor: "ada",
      url: "https://github.com/o/r/actions/runs/9",
      id: "9",
      repository: "o/r",
      workspace: "/nowhere",
    },
    input: (name) => raw[name] ?? "",
    inputNames: Object.keys(raw),
    setOutput: (name, value) => void (outputs[name] = value),
    addSummary: (markdown) => Promise.resolve(void summaries.push(markdown)),
    saveState: (name, value) => void (saved[name] = value),
    state: (name) => state[name] ?? "",
    fail: () => void (failed = true),
    reach: () => Promise.resolve(world),
  };
  return {
    platform,
    host,
    clock,
    log,
    outputs,
    saved,
    summaries,
    asked,
    failed: () => failed,
    cancel: () => cancel.abort(),
  };
}
