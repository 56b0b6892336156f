import { oneLine } from "../kit/one-line.js";
import type { AnswerRecord } from "./answer.js";
import { Attendance, beatInterval } from "./attendance.js";
import type { Call } from "./call.js";
import type { Reply } from "./caller.js";
import { type Ending, endedByServer, readEnding } from "./ending.js";
import type { Line } from "./line.js";
import { liveCall, sending } from "./live-call.js";
import { type Look, readFindings } from "./look.js";
import { refusal } from "./refusal.js";
import {
  type Need,
  needOf,
  type ReleaseFiles,
  stillMissing,
  unpacksZstd,
} from "./release-files.js";
import { codingFor, sendTar } from "./send-tar.js";
import { judgeStep } from "./step-failure.js";

/** The steps of ours and of the user's that the server knows by name (docs/protocol.md). */
export type StepName =
  | "build"
  | "backup"
  | "before"
  | "migrate"
  | "activate"
  | "after"
  | "migrate-plan"
  | "verify-backup"
  | "adopt"
  | "run"
  | "load"
  | "stop"
  | "swap"
  | "start";

/** What the server pulls images with; without a login it asks as anybody. */
export interface PullInput {
  readonly login:
    { readonly registry: string; readonly username: string; readonly password: string } | undefined;
}

/** What an undo takes back; what lines have done to the world stays. */
const putBack = ["upload", "build", "activate"] as const;

/** Sends that leave something missing, before it is the files' own fault. */
const mostUploads = 3;

/** An operation that the server has open for us: its guardian undoes it when our beats stop. */
export class Operation {
  readonly look: Look;
  readonly #line: Line;
  readonly #token: string;
  readonly #attendance: Attendance;
  readonly #late = new AbortController();
  /** Aborts when the job is cancelled or the server has ended the operation; its reason is the error to report. */
  readonly signal: AbortSignal;
  readonly #results: AnswerRecord[] = [];
  readonly #started = new Set<StepName>();
  #uploads = 0;
  #pulls = 0;
  #transfers = 0;
  #closing = false;
  #ending: Ending | undefined;

  constructor(line: Line, token: string, look: Look, confirmTimeoutMs: number) {
    this.#line = line;
    this.#token = token;
    this.look = look;
    this.signal = AbortSignal.any([line.signal, this.#late.signal]);
    this.#attendance = new Attendance(line, token, beatInterval(confirmTimeoutMs), (ending) => {
      if (this.#closing) return;
      this.#ending = ending;
      this.#late.abort(endedByServer(ending));
    });
  }

  /** All results that steps have left so far, in order. */
  get results(): readonly AnswerRecord[] {
    return this.#results;
  }

  /** True when the step was started: what it did may have to be undone. */
  started(name: StepName): boolean {
    return this.#started.has(name);
  }

  /**
   * Runs a step to its end, once, over as many connections as it takes; throws when it fails. Where `lines`, what
   * the step works on, are empty, it is skipped without a call.
   */
  async run(name: StepName, lines?: string): Promise<void> {
    if (lines === "") {
      this.#line.witness.skip(name);
      return;
    }
    this.#started.add(name);
    await this.#line.witness.step(name, async () => this.#keep(name, await this.#step(name)));
  }

  /** Brings the release's files: copies at the server what did not change and sends the rest. */
  async upload(files: ReleaseFiles): Promise<void> {
    await this.#line.witness.step("upload", async () => {
      const prepared = await this.#step("prepare");
      this.#keep("prepare", prepared);
      await this.#send(files, needOf(prepared.records), unpacksZstd(prepared.records));
    });
  }

  async #send(files: ReleaseFiles, need: Need, hasZstd: boolean, tries = 1): Promise<void> {
    if (need.length === 0) return;
    const reply = await this.#receive(files, need, hasZstd);
    const missing = needOf(reply.records);
    // What arrived damaged or not at all is sent again, unless the server says why it cannot take it.
    if (missing.length === 0 || tries === mostUploads || readFindings(reply.records).length > 0)
      this.#keep("upload", reply);
    if (missing.length > 0 && tries === mostUploads)
      throw stillMissing(files.paths(missing), mostUploads);
    await this.#send(files, missing, hasZstd, tries + 1);
  }

  /** Has the server read the release's services and bring their images; the login is sent along and kept nowhere. */
  async pull({ login }: PullInput): Promise<void> {
    const lines = login === undefined ? [] : [login.registry, login.username, login.password];
    const text = Buffer.from([...lines, "end", ""].join("\n"));
    await this.#line.witness.step("pull", async () => {
      const reply = await liveCall("pull", { ...this.#line, signal: this.signal }, () => {
        this.#pulls += 1;
        return {
          call: ["receive", this.#token, `pull-${String(this.#pulls)}`, "plain"],
          ...sending(text),
        };
      });
      this.#keep("pull", reply);
    });
  }

  /**
   * Hands the server lines of transfers to and from a bucket, addresses included, and has it make them; returns what it
   * left. `way` is `fetch` where a backup comes back.
   */
  async transfer(
    way: "send" | "fetch",
    lines: readonly string[],
  ): Promise<readonly AnswerRecord[]> {
    const text = Buffer.from([...lines, "end", ""].join("\n"));
    const reply = await liveCall(way, { ...this.#line, signal: this.signal }, () => {
      this.#transfers += 1;
      return {
        call: ["receive", this.#token, `${way}-${String(this.#transfers)}`, "plain"],
        ...sending(text),
      };
    });
    this.#keep(way, reply);
    return reply.records;
  }

  /** Shows `body` as a step of this operation. */
  step<T>(name: string, body: () => Promise<T>): Promise<T> {
    return this.#line.witness.step(name, body);
  }

  /** Closes the operation as done. What comes after this is not undone any more. */
  async confirm(): Promise<void> {
    const reply = await this.#line.witness.step("confirm", () =>
      this.#close(["confirm", this.#token]),
    );
    this.#tellOldProcesses(reply);
    if (reply.code === 0) {
      this.#line.witness.closed();
      return;
    }
    const ending = readEnding(reply);
    if (ending === undefined) throw refusal(reply);
    this.#ending = ending;
    throw endedByServer(ending);
  }

  /** What a restart has left behind runs the old code, in a folder that will be pruned. */
  #tellOldProcesses({ records }: Reply): void {
    const left = records.filter(({ key }) => key === "old-process");
    if (left.length === 0) return;
    const names = left.map(({ values: [pid = "", command = ""] }) => `${command} (${pid})`);
    this.#line.log.warning(
      `After the restart these processes still work in the previous release's folder: ${names.join(", ")}. ` +
        "They run its code: let the restart lines reload or end them.",
    );
  }

  /** Has the guardian undo all that this operation did; returns how that ended, also when the server was first. */
  undo(reason: string): Promise<Ending> {
    return this.#end(["undo", this.#token], reason);
  }

  /** Closes without undoing an activation: what is active stays. */
  abandon(
    outcome: "unchanged" | "superseded" | "planned" | "failed",
    reason: string,
  ): Promise<Ending> {
    return this.#end(["abandon", this.#token, outcome], reason);
  }

  async #end(call: Call, reason: string): Promise<Ending> {
    if (this.#ending === undefined) {
      const reply = await this.#close(call, reason);
      this.#ending = readEnding(reply);
      if (this.#ending === undefined) throw refusal(reply);
    }
    await this.#attendance.stop();
    const { witness } = this.#line;
    if (this.#ending.outcome === "undone") for (const name of putBack) witness.undone(name);
    witness.closed();
    return this.#ending;
  }

  /** The last call: a cancelled job makes it too. The beats go on until it is answered. */
  async #close(call: Call, input = ""): Promise<Reply> {
    const { signal: _, ...line } = this.#line;
    this.#closing = true;
    try {
      const text = Buffer.from(`${oneLine(input)}\n`);
      return await liveCall(call[0], line, () => ({ call, turn: "last", ...sending(text) }));
    } finally {
      await this.#attendance.stop();
    }
  }

  #step(name: StepName | "prepare"): Promise<Reply> {
    let offset = 0;
    return liveCall(name, { ...this.#line, signal: this.signal }, () => ({
      call: ["step", this.#token, name, String(offset)],
      turn: "next",
      onOutput: (bytes) => (offset += bytes.length),
    }));
  }

  /** An upload that broke off is another one under the next name. */
  #receive(files: ReleaseFiles, need: Need, hasZstd: boolean): Promise<Reply> {
    const coding = codingFor(files.bytes(need), hasZstd);
    return liveCall("upload", { ...this.#line, signal: this.signal }, () => {
      this.#uploads += 1;
      return {
        call: ["receive", this.#token, `receive-${this.#uploads}`, coding.name],
        turn: "next",
        send: (channel) =>
          sendTar(files.tar(need), coding, (bytes) => channel.write(bytes), this.#line.clock),
      };
    });
  }

  #keep(name: string, reply: Reply): void {
    this.#results.push(...reply.records);
    const ending = readEnding(reply);
    if (ending !== undefined) {
      this.#ending = ending;
      throw endedByServer(ending);
    }
    judgeStep(name, reply, this.#line.log);
  }
}
