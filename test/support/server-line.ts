import { BelayError } from "../../src/kit/errors.js";
import { Timeline } from "../../src/kit/timeline.js";
import { Caller } from "../../src/server/caller.js";
import type { Line } from "../../src/server/line.js";
import { programOf } from "../../src/server/program.js";
import { Server } from "../../src/server/server.js";
import { FakeClock } from "./fake-clock.js";
import { RecordingLog } from "./recording-log.js";
import { type IncomingCall, type Script, ScriptedHost } from "./scripted-host.js";

/** What a scripted server answers to some calls; `fallback` takes the rest. */
export type Answers = Readonly<Record<string, (call: IncomingCall) => Promise<number> | number>>;

/** A `Server` of a scripted host, with all that a test may want to look at. */
export interface ServerLine {
  readonly host: ScriptedHost;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly line: Line;
  readonly server: Server;
  readonly timeline: Timeline;
  /** Cancels the job. */
  readonly cancel: () => void;
  /** How often it was said that the server may know of the operation. */
  readonly opened: () => number;
  /** How often it was said that nothing is open any more. */
  readonly closed: () => number;
}

/** A line to a server that answers as `answers` say (by `call`, or `call argument…`), and else as a good server does. */
export function serverLine(
  answers: Answers = {},
  options: { readonly retries?: number } = {},
): ServerLine {
  const host = new ScriptedHost(answeringAs(answers));
  const clock = new FakeClock();
  const log = new RecordingLog();
  const timeline = new Timeline(clock);
  const cancel = new AbortController();
  let opened = 0;
  let closed = 0;
  const line: Line = {
    caller: new Caller(host, programOf(Buffer.from("echo")), "/srv/app", log),
    clock,
    log,
    patience: { retries: options.retries ?? 3, withinMs: 60_000 },
    signal: cancel.signal,
    witness: {
      step: (name, body) => timeline.step(name, body),
      skip: (name) => timeline.skip(name),
      undone: (name) => timeline.undone(name),
      opening: () => void (opened += 1),
      closed: () => void (closed += 1),
    },
  };
  return {
    host,
    clock,
    log,
    line,
    timeline,
    server: new Server(line, "token-1", 20_000),
    cancel: () =>
      cancel.abort(new BelayError("cancelled", "the job was cancelled", "run it again")),
    opened: () => opened,
    closed: () => closed,
  };
}

/** The script of a server that answers as `answers` say, and else as a good one does. */
export function answeringAs(answers: Answers): Script {
  return (call) => answerOf(answers, call)(call);
}

/** The longest key that the call begins with. */
function answerOf(
  answers: Answers,
  { words }: IncomingCall,
): (call: IncomingCall) => Promise<number> | number {
  const all: Answers = { ...goodServer, ...answers };
  const texts = words.map((_, index) => words.slice(0, index + 1).join(" ")).reverse();
  const found = texts.map((text) => all[text]).find((answer) => answer !== undefined);
  if (found === undefined) throw new Error(`nobody answers ${words.join(" ")}`);
  return found;
}

const goodServer: Answers = {
  begin: async (call) => {
    await call.input();
    call.record("begun", "20260102T030405Z-aaaaaaa");
    return 0;
  },
  attend: async (call) => {
    while ((await call.line()) !== undefined) call.record("beat", "open");
    return 0;
  },
  step: (call) => {
    call.record("code", 0);
    return 0;
  },
  receive: async (call) => {
    await call.input();
    call.record("code", 0);
    return 0;
  },
  confirm: (call) => {
    call.record("confirmed", "20260102T030405Z-aaaaaaa");
    return 0;
  },
  undo: async (call) => {
    const reason = (await call.input()).toString().trim();
    call.record("outcome", "undone", `${reason}; the old release serves`);
    return 0;
  },
  abandon: async (call) => {
    call.record("outcome", call.words[2] ?? "", (await call.input()).toString().trim());
    return 0;
  },
};
