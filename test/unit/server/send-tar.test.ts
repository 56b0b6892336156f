import { randomBytes } from "node:crypto";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  codingFor,
  measuredBytes,
  sendTar,
  smallBytes,
  type TarCoding,
} from "../../../src/server/send-tar.js";

const gzip = codingFor(5000, false);
const zstd = codingFor(smallBytes, true);
const large = codingFor(smallBytes + 1, true);

interface Sending {
  readonly coding?: TarCoding;
  readonly piece?: number;
}

/** Sends `content` in pieces, all of them in the same memory, over a line that takes `msPerMiB` for each MiB. */
async function send(
  content: Buffer,
  msPerMiB: number,
  { coding = gzip, piece = 100_000 }: Sending = {},
): Promise<Buffer> {
  const written: Uint8Array[] = [];
  let now = 0;
  const tar = function* (): Generator<Uint8Array> {
    const memory = Buffer.alloc(piece);
    for (let at = 0; at < content.length; at += piece)
      yield memory.subarray(0, content.copy(memory, 0, at));
  };
  const write = (chunk: Uint8Array): Promise<void> => {
    written.push(Buffer.from(chunk));
    now += (chunk.length / measuredBytes) * msPerMiB;
    return Promise.resolve();
  };
  await sendTar(tar(), coding, write, { monotonic: () => now });
  return Buffer.concat(written);
}

const bytes = Buffer.concat([randomBytes(measuredBytes), Buffer.alloc(measuredBytes, "text ")]);

describe("sendTar to a server with zstd", () => {
  it("compresses all of a small release", async () => {
    const sent = await send(bytes, 1, { coding: zstd });
    expect(sent.length).toBeLessThan(measuredBytes * 1.02);
    expect(zstdDecompressSync(sent)).toEqual(bytes);
  });

  it.each([
    [5, "plain\n"],
    [20, "zstd\n"],
  ])(
    "asks a line of %d ms for each MiB how the rest of a large one is sent",
    async (ms, coding) => {
      const sent = await send(bytes, ms, { coding: large });
      const rest = sent.subarray(measuredBytes + coding.length);
      expect(sent.subarray(measuredBytes, -rest.length).toString()).toBe(coding);
      const unpacked = coding === "zstd\n" ? zstdDecompressSync(rest) : rest;
      expect(Buffer.concat([sent.subarray(0, measuredBytes), unpacked])).toEqual(bytes);
    },
  );

  it("passes on what went wrong in writing", async () => {
    const write = (): Promise<void> => Promise.reject(new Error("the line is gone"));
    const clock = { monotonic: () => 0 };
    await expect(sendTar([bytes], zstd, write, clock)).rejects.toThrow("the line is gone");
  });
});

describe("sendTar to a server without zstd", () => {
  it("sends a small archive as it is", async () => {
    const small = randomBytes(5000);
    expect(await send(small, 10_000)).toEqual(small);
  });

  it("goes on plain on a fast line", async () => {
    const sent = await send(bytes, 10);
    expect(sent.subarray(measuredBytes, measuredBytes + 6).toString()).toBe("plain\n");
    expect(
      Buffer.concat([sent.subarray(0, measuredBytes), sent.subarray(measuredBytes + 6)]),
    ).toEqual(bytes);
  });

  it("compresses the rest on a line slower than 30 MB/s", async () => {
    const sent = await send(bytes, 50);
    expect(sent.subarray(measuredBytes, measuredBytes + 5).toString()).toBe("gzip\n");
    const rest = sent.subarray(measuredBytes + 5);
    expect(rest.length).toBeLessThan(measuredBytes / 50);
    expect(Buffer.concat([sent.subarray(0, measuredBytes), gunzipSync(rest)])).toEqual(bytes);
  });

  it("does not take files that are slow to read for a slow line", async () => {
    let now = 0;
    const written: Uint8Array[] = [];
    const tar = function* (): Generator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 100_000) {
        now += 1000;
        yield bytes.subarray(at, at + 100_000);
      }
    };
    const write = (chunk: Uint8Array): Promise<void> => Promise.resolve(void written.push(chunk));
    await sendTar(tar(), gzip, write, { monotonic: () => now });
    const coding = Buffer.concat(written).subarray(measuredBytes, measuredBytes + 6);
    expect(coding.toString()).toBe("plain\n");
  });

  it("cuts the first MiB exactly, whatever the pieces are", async () => {
    const sent = await send(bytes, 10, { piece: 3 * measuredBytes });
    expect(sent.subarray(measuredBytes, measuredBytes + 6).toString()).toBe("plain\n");
  });

  it("passes on what went wrong in reading, also while it compresses", async () => {
    const broken = function* (): Generator<Uint8Array> {
      yield randomBytes(2 * measuredBytes);
      throw new Error("gone");
    };
    let now = 0;
    const write = (): Promise<void> => Promise.resolve(void (now += 1000));
    await expect(sendTar(broken(), gzip, write, { monotonic: () => now })).rejects.toThrow("gone");
  });
});
