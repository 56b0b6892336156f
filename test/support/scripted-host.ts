import { BelayError } from "../../src/kit/errors.js";
import type { Channel, Exit, RemoteHost } from "../../src/ports/remote-host.js";

/** One call as it arrived, and the way to answer it. */
export interface IncomingCall {
  readonly words: readonly string[];
  readonly path: string;
  /** All of standard input, once it is closed. */
  input(): Promise<Buffer>;
  /** The next line of standard input; undefined at its end. */
  line(): Promise<string | undefined>;
  /** Writes the marker when it was not written, then a record. */
  record(key: string, ...values: readonly (string | number)[]): void;
  output(text: string): void;
  /** Writes raw bytes. */
  raw(text: string): void;
  /** Drops the connection: the call's exit code never comes. */
  drop(): never;
}

/** Answers a call with its exit code. */
export type Script = (call: IncomingCall) => Promise<number> | number;

/** A server side that speaks the protocol by a script; it has the program from the start unless told otherwise. */
export class ScriptedHost implements RemoteHost {
  readonly name = "deploy@server:22";
  /** The words of all calls so far, in order. */
  readonly calls: string[] = [];
  /** How often a connection was made. */
  connections = 0;
  /** Connecting fails this many times from now on. */
  unreachable = 0;
  #connected = false;
  /** Aborts when the connection drops. */
  #line = new AbortController();
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  connect(): Promise<void> {
    if (this.#connected) return Promise.resolve();
    if (this.unreachable > 0) {
      this.unreachable -= 1;
      return Promise.reject(new BelayError("host-unreachable", "no answer", "wait"));
    }
    this.connections += 1;
    this.#connected = true;
    this.#line = new AbortController();
    return Promise.resolve();
  }

  start(command: string): Promise<Channel> {
    if (!this.#connected) return Promise.reject(lost());
    return Promise.resolve(this.#open(command));
  }

  dial(): Promise<never> {
    return Promise.reject(new Error("this server forwards nothing"));
  }

  close(): Promise<void> {
    this.#connected = false;
    return Promise.resolve();
  }

  #open(command: string): Channel {
    const [, path = "", words = ""] = /belay '([^']*)' \S+ (.*)$/s.exec(command) ?? [];
    const stdin = new Pipe();
    const stdout = new Pipe();
    const exit = this.#answer(words, path, stdin, stdout);
    exit.catch(() => undefined);
    return {
      output: stdout,
      exit,
      write: (bytes) => {
        stdin.push(bytes);
        return Promise.resolve();
      },
      end: () => stdin.end(),
    };
  }

  /** Answers the call that these words name; `next` stands for the one that the first line of input names. */
  async #code(words: string, path: string, stdin: Pipe, stdout: Pipe): Promise<number> {
    if (words === "next") {
      stdout.push(Buffer.from("belay 1\n"));
      const line = await Promise.race([stdin.line(), whenGone(this.#line.signal)]);
      if (line !== undefined)
        return this.#make(line, incoming(line.split(" "), path, stdin, stdout, true));
      stdout.push(Buffer.from("unheard\n"));
      return 4;
    }
    return this.#make(words, incoming(words.split(" "), path, stdin, stdout));
  }

  async #make(words: string, call: IncomingCall): Promise<number> {
    this.calls.push(words);
    return this.#script(call);
  }

  async #answer(words: string, path: string, stdin: Pipe, stdout: Pipe): Promise<Exit> {
    try {
      const code = await this.#code(words, path, stdin, stdout);
      stdout.end();
      return { code, stderr: "" };
    } catch (failure) {
      this.#connected = false;
      this.#line.abort(lost());
      stdout.fail(failure);
      throw failure;
    }
  }
}

/** Rejects when the signal aborts. */
function whenGone(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function incoming(
  words: readonly string[],
  path: string,
  stdin: Pipe,
  stdout: Pipe,
  marked = false,
): IncomingCall {
  const write = (text: string): void => {
    if (!marked) stdout.push(Buffer.from("belay 1\n"));
    marked = true;
    stdout.push(Buffer.from(text));
  };
  return {
    words,
    path,
    input: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stdin) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    line: () => stdin.line(),
    record: (key, ...values) => write(`${[key, ...values.map(encode)].join("\t")}\n`),
    output: (text) => write(`output\t${String(Buffer.byteLength(text))}\n${text}`),
    raw: (text) => stdout.push(Buffer.from(text)),
    drop: () => {
      throw lost();
    },
  };
}

function encode(value: string | number): string {
  return String(value).replace(
    /[%\t\r\n]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function lost(): BelayError {
  return new BelayError("connection-lost", "the line dropped", "run it again");
}

/** Bytes from one side to the other. */
class Pipe implements AsyncIterable<Uint8Array> {
  #chunks: Buffer[] = [];
  #wake: () => void = () => undefined;
  #ended = false;
  #failure: Error | undefined;

  push(bytes: Uint8Array): void {
    this.#chunks.push(Buffer.from(bytes));
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(failure: unknown): void {
    this.#failure = failure instanceof Error ? failure : new Error(String(failure));
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#ended) return;
      else await this.#more();
    }
  }

  async line(): Promise<string | undefined> {
    for (;;) {
      const all = Buffer.concat(this.#chunks);
      const at = all.indexOf("\n");
      if (at >= 0) {
        this.#chunks = [all.subarray(at + 1)];
        return all.subarray(0, at).toString();
      }
      if (this.#ended) return undefined;
      await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
