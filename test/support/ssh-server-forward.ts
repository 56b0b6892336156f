import { connect } from "node:net";
import type { AcceptConnection, RejectConnection, ServerChannel, TcpipRequestInfo } from "ssh2";

/** Opens a TCP connection on behalf of a client, as a jump host does. */
export function forward(
  accept: AcceptConnection<ServerChannel>,
  reject: RejectConnection,
  { destIP, destPort }: TcpipRequestInfo,
): void {
  const socket = connect({ host: destIP, port: destPort, noDelay: true });
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.off("error", reject);
    const channel = accept();
    socket.on("error", () => channel.close());
    channel.once("close", () => socket.destroy());
    channel.pipe(socket).pipe(channel);
  });
}
