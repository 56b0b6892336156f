import { describe, expect, it } from "vitest";
import { type AnswerItem, readAnswer } from "../../../src/server/answer.js";

async function read(text: string, pieceLength = text.length): Promise<AnswerItem[]> {
  const bytes = Buffer.from(text);
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    for (let at = 0; at < bytes.length; at += pieceLength)
      yield bytes.subarray(at, at + pieceLength);
  };
  const items: AnswerItem[] = [];
  for await (const item of readAnswer(stream())) items.push(item);
  return items;
}

function records(items: readonly AnswerItem[]): unknown[] {
  return items.flatMap((item) =>
    item.kind === "record" ? [[item.record.key, ...item.record.values]] : [],
  );
}

function output(items: readonly AnswerItem[]): string {
  return Buffer.concat(
    items.flatMap((item) => (item.kind === "output" ? [item.bytes] : [])),
  ).toString();
}

describe("readAnswer", () => {
  it("ignores what a login shell prints before the marker, also without a line end", async () => {
    const items = await read("Welcome!\ncode\t7\nlast words: belay 1\ncode\t0\n");
    expect(records(items)).toEqual([["code", "0"]]);
  });

  it("reads values with tabs, line ends and percent signs as they were", async () => {
    expect(records(await read("belay 1\nfact\ta%09b%0Ac\t100%25\n"))).toEqual([
      ["fact", "a\tb\nc", "100%"],
    ]);
  });

  it.each([1, 2, 3, 7])("reads the same from pieces of %i bytes", async (length) => {
    const items = await read(
      "hi\nbelay 1\noutput\t12\ncode\t1\nbelaycode\t0\noutput\t3\nä\nend\t\n",
      length,
    );
    expect(output(items)).toBe("code\t1\nbelayä\n");
    expect(records(items)).toEqual([
      ["code", "0"],
      ["end", ""],
    ]);
  });

  it("hands on the part of an output that came before the line dropped, and drops half a record", async () => {
    const items = await read("belay 1\noutput\t100\nhalf");
    expect(output(items)).toBe("half");
    expect(records(await read("belay 1\ncode\t1"))).toEqual([]);
  });

  it("refuses another version of the protocol, and lengths that are none", async () => {
    await expect(read("belay 2\n")).rejects.toMatchObject({ code: "config" });
    await expect(read("belay 1\noutput\t-1\n")).rejects.toMatchObject({ code: "config" });
  });
});
