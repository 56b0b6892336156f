import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Connection, ServerChannel } from "ssh2";

/** Where and how commands run. */
export interface CommandPlace {
  /** The home folder, and the working one. */
  readonly home: string;
  /** Added to HOME, USER, LOGNAME, SHELL and PATH; nothing else is there. */
  readonly env?: Readonly<Record<string, string>>;
  /** The login shell, called with `-c COMMAND`; default `sh`. */
  readonly shell?: string;
}

/**
 * Runs `command` in a session of its own, as sshd does: the exit code is sent when the process ends, the
 * channel is closed when nobody holds its output any more. When the client is gone the streams are closed
 * and the process is left alone.
 */
export function runCommand(
  command: string,
  channel: ServerChannel,
  client: Connection,
  place: CommandPlace,
): void {
  const child = spawn(place.shell ?? "sh", ["-c", command], {
    cwd: place.home,
    env: environment(place),
    detached: true,
    stdio: "pipe",
  });
  const gone = new Promise<void>((resolve) => {
    client.once("close", resolve);
    channel.once("close", resolve);
  });
  // A process that ends without reading its input is none of our errors.
  child.stdin.on("error", () => undefined);
  channel.on("error", () => undefined);
  channel.pipe(child.stdin);
  const send = oneAfterTheOther(channel, gone);
  const sent = Promise.all([
    pump(child.stdout, (bytes) => send(channel, bytes)),
    pump(child.stderr, (bytes) => send(channel.stderr, bytes)),
  ]);
  child.once("error", () => endChannel(channel, 127, null));
  child.once("exit", (code, signal) => sendExit(channel, code, signal));
  void sent.then(() => closed(child)).then(() => channel.end());
  void gone.then(() => letGo(child));
}

function environment({ home, env = {}, shell = "/bin/sh" }: CommandPlace): Record<string, string> {
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return { HOME: home, USER: "deploy", LOGNAME: "deploy", SHELL: shell, PATH: path, ...env };
}

async function pump(from: Readable, send: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const bytes of from) await send(bytes as Buffer);
  } catch {
    // The pipe was closed because the client is gone.
  }
}

/**
 * Hands a piece on when the client's window took the one before, of either output: of two that wait for the
 * window ssh2 would wake one only, and send the last piece that had to wait again.
 */
function oneAfterTheOther(
  channel: ServerChannel,
  gone: Promise<void>,
): (to: Writable, bytes: Buffer) => Promise<void> {
  const left = {
    _chunk: undefined,
    _chunkcb: undefined,
    _chunkErr: undefined,
    _chunkcbErr: undefined,
  };
  let turn = Promise.resolve();
  return (to, bytes) => {
    turn = turn.then(async () => {
      const taken = new Promise<void>((resolve) => to.write(bytes, () => resolve()));
      await Promise.race([taken, gone]);
      Object.assign(channel, left);
    });
    return turn;
  };
}

function closed(child: ChildProcessWithoutNullStreams): Promise<void> | undefined {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

function sendExit(
  channel: ServerChannel,
  code: number | null,
  signal: NodeJS.Signals | null,
): void {
  if (code !== null) channel.exit(code);
  else channel.exit((signal ?? "SIGKILL").slice("SIG".length), false, "");
}

function endChannel(
  channel: ServerChannel,
  code: number | null,
  signal: NodeJS.Signals | null,
): void {
  sendExit(channel, code, signal);
  channel.end();
}

function letGo(child: ChildProcessWithoutNullStreams): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  child.unref();
}
