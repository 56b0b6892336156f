import type { Duplex } from "node:stream";
import type { DialTarget } from "../ports/dial.js";
import type { SshLine } from "./ssh-line.js";

/** The reasons of RFC 4254, 5.1, that tell more than the server's own text. */
const reasons: Readonly<Record<number, string>> = {
  1: "the server does not forward connections (AllowTcpForwarding)",
  4: "the server has no room for another connection",
};

/** Opens a TCP connection from the server to `target`; it is closed when `signal` aborts or the line drops. */
export function openForward(
  { client, gone }: SshLine,
  { host, port }: DialTarget,
  signal: AbortSignal,
): Promise<Duplex> {
  const ended = AbortSignal.any([gone, signal]);
  return new Promise((resolve, reject) => {
    if (ended.aborted) {
      reject(ended.reason as Error);
      return;
    }
    const giveUp = (): void => reject(ended.reason as Error);
    ended.addEventListener("abort", giveUp, { once: true });
    client.forwardOut("127.0.0.1", 0, host, port, (failure, stream) => {
      ended.removeEventListener("abort", giveUp);
      if (failure !== undefined) reject(refusal(failure, { host, port }));
      else if (ended.aborted) stream.destroy();
      else {
        // A stream whose other end fails must not take the process with it.
        stream.on("error", () => undefined);
        resolve(stream);
      }
    });
  });
}

/** A server says in its own words why it could not connect, such as `Connection refused`. */
function refusal(failure: Error, { host, port }: DialTarget): Error {
  const reason = "reason" in failure ? Number(failure.reason) : 0;
  const said = failure.message.replace(/^\(SSH\) Channel open failure: ?/, "").toLowerCase();
  const why = `no connection from the server to ${host}:${String(port)}`;
  return new Error(reasons[reason] ?? (said === "" ? why : `${why}: ${said}`), { cause: failure });
}
