import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { mountSmallDisk, type SmallDisk } from "../../support/small-disk.js";

let disk: SmallDisk | undefined;

afterEach(() => disk?.unmount());

if (process.getuid?.() === 0) {
  test("a full disk takes nothing more, an emptied one does", async () => {
    disk = await mountSmallDisk({ megabytes: 2 });
    await disk.fill(0);
    await expect(writeFile(join(disk.path, "x"), "x")).rejects.toThrow("ENOSPC");
    await disk.empty();
    await writeFile(join(disk.path, "x"), "x");
  });
} else {
  test("without root it says who may run it", async () => {
    await expect(mountSmallDisk({ megabytes: 2 })).rejects.toThrow("run the fault tests as root");
  });
}
