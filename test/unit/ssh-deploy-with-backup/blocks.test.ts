import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Blocks } from "../../../src/ssh-deploy-with-backup/blocks.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";

const blockBytes = 256 * 1024;

it("packs pieces of any size, and what is read from a file, into blocks of one size without losing a byte", async () => {
  const folder = await scratchFolder("blocks");
  const [small, large, content] = [1000, 600_000, 700_000].map((size) => randomBytes(size)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  writeFileSync(join(folder, "file"), content);
  const descriptor = openSync(join(folder, "file"), "r");
  try {
    const blocks = new Blocks();
    const packed: Buffer[] = [];
    const keep = (filled: Iterable<Uint8Array>): void => {
      for (const block of filled) packed.push(Buffer.from(block));
    };
    keep(blocks.add(small));
    keep(blocks.add(large));
    for (let left = content.length; left > 0;) {
      left -= blocks.readFrom(descriptor, left);
      keep(blocks.whole());
    }
    keep(blocks.add(small));
    keep(blocks.rest());
    keep(blocks.rest());
    expect(Buffer.concat(packed).equals(Buffer.concat([small, large, content, small]))).toBe(true);
    expect(packed.slice(0, -1).every(({ length }) => length === blockBytes)).toBe(true);
  } finally {
    closeSync(descriptor);
    await removeFolder(folder);
  }
});
