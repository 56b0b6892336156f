import { BelayError } from "../kit/errors.js";
import type { Log } from "../ports/log.js";
import type { Channel, Exit, RemoteHost } from "../ports/remote-host.js";
import { type AnswerRecord, readAnswer } from "./answer.js";
import { type Call, callLine, commandLine, installLine, readyLine } from "./call.js";
import type { Program } from "./program.js";
import { ReadyChannel } from "./ready-channel.js";
import { until } from "./until.js";

/** How a call ended: its exit code (docs/protocol.md) and all records of its answer, in order. */
export interface Reply {
  readonly code: number;
  readonly records: readonly AnswerRecord[];
}

/** What a caller wants to hear while the answer comes in, and what it has to say. */
export interface Exchange {
  /** Writes standard input, which is closed when it is done. */
  readonly send?: (channel: Pick<Channel, "write">) => Promise<void>;
  readonly onRecord?: (record: AnswerRecord) => void;
  readonly onOutput?: (bytes: Uint8Array) => void;
  /** Stops waiting for the answer; the call itself goes on at the server. */
  readonly signal?: AbortSignal;
  /** Its place among calls that are made one after the other: while one is at work, the next one's channel is opened. */
  readonly turn?: "first" | "next" | "last";
}

/** Makes single calls on the connection as it is, and brings the program when the server asks for it. */
export class Caller {
  readonly #host: RemoteHost;
  readonly #program: Program;
  readonly #path: string;
  readonly #log: Pick<Log, "debug">;
  readonly #ready: ReadyChannel;

  constructor(host: RemoteHost, program: Program, path: string, log: Pick<Log, "debug">) {
    this.#host = host;
    this.#program = program;
    this.#path = path;
    this.#log = log;
    this.#ready = new ReadyChannel(host, readyLine(path, program.hash));
  }

  /** Connects if there is no live connection; throws as the port says. */
  connect(): Promise<void> {
    return this.#host.connect();
  }

  /** Makes one call. Throws `connection-lost` when its exit code never came. */
  async call(call: Call, exchange: Exchange = {}): Promise<Reply> {
    const reply =
      (await this.#callReady(call, exchange)) ?? (await this.#callAlone(call, exchange));
    if (!reply.records.some(({ key }) => key === "need-program")) return reply;
    await this.#install(call);
    return this.#callAlone(call, exchange);
  }

  /** Makes it on the channel that waits; undefined when none does, or none heard it. */
  async #callReady(call: Call, exchange: Exchange): Promise<Reply | undefined> {
    const takes = exchange.turn === "next" || exchange.turn === "last";
    const channel = takes ? await until(this.#ready.take(), exchange.signal) : undefined;
    if (channel === undefined) return undefined;
    this.#openNext(exchange);
    const reply = await this.#exchange(channel, {
      ...exchange,
      send: async (input) => {
        await input.write(Buffer.from(callLine(call)));
        await exchange.send?.(input);
      },
    });
    return reply.records.some(({ key }) => key === "unheard") ? undefined : reply;
  }

  #callAlone(call: Call, exchange: Exchange): Promise<Reply> {
    const reply = this.#exec(commandLine(this.#path, this.#program.hash, call), exchange);
    this.#openNext(exchange);
    return reply;
  }

  /** After the call itself was started: it must not wait for a channel that is only wanted later. */
  #openNext({ turn }: Exchange): void {
    if (turn === "first" || turn === "next") this.#ready.open();
  }

  async #install(call: Call): Promise<void> {
    const { bytes, hash } = this.#program;
    const reply = await this.#exec(installLine(this.#path, hash, bytes.length, call), {
      send: (channel) => channel.write(bytes),
    });
    const refused = reply.records.find(({ key }) => key === "refused");
    if (refused !== undefined)
      throw installRefused(refused.values[0] ?? "", this.#host.name, this.#path);
  }

  async #exec(command: string, exchange: Exchange): Promise<Reply> {
    return this.#exchange(await until(this.#host.start(command), exchange.signal), exchange);
  }

  async #exchange(channel: Channel, exchange: Exchange): Promise<Reply> {
    channel.exit.catch(() => undefined);
    const sending = this.#send(channel, exchange.send);
    const heard = await until(this.#hear(channel, exchange), exchange.signal);
    const exit = await until(channel.exit, exchange.signal);
    if (exit.code === null) throw endedBySignal(this.#host.name, exit);
    if (!heard.marked) throw noAnswer(this.#host.name, exit, heard.noise);
    // Whoever has answered may have stopped reading: that writing failed then matters only if it was our doing.
    if (sending.failure !== undefined && !isOfTheLine(sending.failure))
      throw asError(sending.failure);
    return { code: exit.code, records: heard.records };
  }

  #send(channel: Channel, send: Exchange["send"]): { failure?: unknown } {
    const sending: { failure?: unknown } = {};
    void Promise.resolve(send?.(channel))
      .catch((failure: unknown) => (sending.failure = failure))
      .finally(() => channel.end());
    return sending;
  }

  async #hear(channel: Channel, exchange: Exchange): Promise<Heard> {
    const records: AnswerRecord[] = [];
    const noise: string[] = [];
    let marked = false;
    for await (const item of readAnswer(channel.output)) {
      if (exchange.signal?.aborted === true) break;
      marked ||= item.kind !== "noise";
      if (item.kind === "output") exchange.onOutput?.(item.bytes);
      else if (item.kind === "noise") noise.push(item.text);
      else {
        records.push(item.record);
        exchange.onRecord?.(item.record);
      }
    }
    for (const line of noise) this.#log.debug(`login shell: ${line}`);
    return { marked, records, noise };
  }
}

function asError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error(String(failure));
}

/** What the port says of a write: the line dropped, or the command ended without reading. */
function isOfTheLine(failure: unknown): boolean {
  const codes = ["connection-lost", "command-failed"];
  return failure instanceof BelayError && codes.includes(failure.code);
}

interface Heard {
  readonly marked: boolean;
  readonly records: readonly AnswerRecord[];
  readonly noise: readonly string[];
}

function installRefused(why: string, host: string, path: string): BelayError {
  switch (why) {
    case "not-writable":
      return new BelayError(
        "not-writable",
        `${path} on ${host} cannot be written by the deploy user`,
        `Create it once and give it to the deploy user: sudo install -d -o <user> ${path}`,
      );
    case "nothing-there":
      return new BelayError(
        "config",
        `nothing was ever deployed to ${path} on ${host}`,
        "Check `path` and `host`; the first deploy makes it.",
      );
    case "disk-full":
      return new BelayError(
        "disk-full",
        `${path} on ${host} has no room for the server's side of Belay (1 MiB)`,
        "Free space or inodes on its file system.",
      );
    default:
      return new BelayError(
        "connection-lost",
        `the server's side of Belay arrived at ${host} damaged`,
        "Run the job again; when it stays, something between the runner and the server changes what is sent.",
      );
  }
}

function endedBySignal(host: string, exit: Exit): BelayError {
  return new BelayError(
    "connection-lost",
    `the command on ${host} was ended by signal ${exit.signal ?? "unknown"} before it answered`,
    "Look for a memory limit or a clean-up of processes on the server.",
  );
}

function noAnswer(host: string, exit: Exit, noise: readonly string[]): BelayError {
  const said = [...noise, ...exit.stderr.split("\n")]
    .map((line) => line.trim())
    .find((line) => line !== "");
  return new BelayError(
    exit.code === 127 ? "tool-missing" : "command-failed",
    `${host} ran no command: exit code ${String(exit.code)}${said === undefined ? "" : `, "${said.slice(0, 200)}"`}`,
    "The deploy user needs a login shell and may not be tied to one command (ForceCommand, command= in authorized_keys).",
  );
}
