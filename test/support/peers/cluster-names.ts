import { createSocket } from "node:dgram";

/** Answers for the names of a cluster. */
export interface ClusterNames {
  stop(): Promise<void>;
}

const typeA = 1;

/**
 * Serves DNS over UDP at `address`: the IPv4 address that `find` has for a name, no address of another kind, and
 * "no such name" for all else.
 */
export async function serveNames(
  address: string,
  find: (name: string) => string | undefined,
): Promise<ClusterNames> {
  const socket = createSocket("udp4");
  socket.on("message", (question, { port, address: from }) => {
    socket.send(answerTo(question, find), port, from, () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(53, address, resolve);
  });
  return { stop: () => new Promise((resolve) => void socket.close(resolve)) };
}

/** As RFC 1035 has it. */
export function answerTo(question: Buffer, find: (name: string) => string | undefined): Buffer {
  const { name, end } = nameIn(question);
  const type = question.readUInt16BE(end);
  const address = find(name);
  const header = Buffer.alloc(12);
  question.copy(header, 0, 0, 2);
  const isAnswered = address !== undefined && type === typeA;
  // A response with authority; no recursion; 3: there is no such name.
  header.writeUInt16BE(address === undefined ? 0x8403 : 0x8400, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(isAnswered ? 1 : 0, 6);
  const asked = question.subarray(12, end + 4);
  return Buffer.concat([header, asked, ...(isAnswered ? [recordOf(address)] : [])]);
}

function nameIn(question: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

/** For the name of the question, for 1 s. */
function recordOf(address: string): Buffer {
  const head = Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 1, 0, 4]);
  return Buffer.concat([head, Buffer.from(address.split(".").map(Number))]);
}
