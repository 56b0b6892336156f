import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tarEnd, tarHeader, tarOf, tarPadding } from "../../../src/commands/tar.js";

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "belay-tar-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function extract(archive: Uint8Array): void {
  execFileSync("tar", ["-xpf", "-", "-C", folder], { input: archive });
}

describe("an archive", () => {
  it("gives tar the files back, also with long, odd and foreign names", () => {
    const long = `${"deep/".repeat(30)}${"n".repeat(120)}.txt`;
    const files = new Map([
      ["a", "one"],
      ["-rf", "dash"],
      ["ä €/😀", "text"],
      [long, "long"],
      ["empty", ""],
      ["block", "x".repeat(512)],
    ]);
    extract(tarOf(files));
    for (const [name, text] of files) expect(readFileSync(join(folder, name), "utf8")).toBe(text);
  });

  it("keeps the permission bits and the time", () => {
    const header = tarHeader({ name: "run", mode: 0o755, size: 2, modified: 86_400 });
    extract(Buffer.concat([header, Buffer.from("hi"), tarPadding(2), tarEnd]));
    const stats = statSync(join(folder, "run"));
    expect([stats.mode & 0o777, stats.mtimeMs]).toEqual([0o755, 86_400_000]);
  });

  it("can hold a file of more than 8 GiB", () => {
    const size = 9 * 1024 ** 3;
    const header = tarHeader({ name: "big", mode: 0o644, size });
    // There is no such file after it: tar says so, and what it read of the header all the same.
    const input = Buffer.concat([header, Buffer.alloc(512)]);
    const listed = spawnSync("tar", ["-tvf", "-"], { input }).stdout.toString();
    expect(listed).toContain(String(size));
  });
});
