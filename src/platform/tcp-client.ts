import { connect } from "node:net";
import type { Tcp, TcpRequest } from "../ports/tcp.js";
import { failureReason } from "./http-failure.js";

/** Connects from this machine, trying all addresses of a name, or as `dial` does. */
export const tcpClient: Tcp = { touch };

async function touch(request: TcpRequest): Promise<void> {
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeoutMs)));
  const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
  try {
    signal.throwIfAborted();
    if (request.dial === undefined) await knock(request, signal);
    else (await request.dial(request, signal)).destroy();
  } catch (cause) {
    if (request.signal?.aborted === true) throw new Error("cancelled", { cause });
    if (limit.aborted) throw new Error("no connection in time", { cause });
    throw new Error(failureReason(cause), { cause });
  }
}

function knock({ host, port }: TcpRequest, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const giveUp = (): void => void socket.destroy(signal.reason as Error);
    signal.addEventListener("abort", giveUp, { once: true });
    socket.once("close", () => signal.removeEventListener("abort", giveUp));
    socket.on("error", reject);
    socket.once("connect", () => {
      resolve();
      socket.destroy();
    });
  });
}
