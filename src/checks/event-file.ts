import { open, writeFile } from "node:fs/promises";
import type { TestLedger } from "./test-events.js";

const blockSize = 1 << 20;

/** Makes the empty file that a reporter appends its events to; only this user may read it. */
export async function makeEventFile(path: string): Promise<void> {
  await writeFile(path, "", { mode: 0o600 });
}

/** Tells `ledger` every whole line of the file; the last one may have been cut by the end of its writer. */
export async function readEvents(path: string, ledger: TestLedger): Promise<void> {
  const file = await open(path);
  try {
    let unfinished = Buffer.alloc(0);
    const block = Buffer.alloc(blockSize);
    for (;;) {
      const { bytesRead } = await file.read(block, 0, blockSize);
      if (bytesRead === 0) return;
      const bytes = Buffer.concat([unfinished, block.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(10) + 1;
      for (const line of bytes.toString("utf8", 0, end).split("\n"))
        if (line !== "") ledger.add(line);
      unfinished = bytes.subarray(end);
    }
  } finally {
    await file.close();
  }
}
