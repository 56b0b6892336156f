import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "belay-join-"));
  await mkdir(join(root, "scripts"));
  await mkdir(join(root, "src/server"), { recursive: true });
  await cp(join(import.meta.dirname, "../../../scripts/join"), join(root, "scripts/join"));
  await chmod(join(root, "scripts/join"), 0o755);
});
afterEach(() => rm(root, { recursive: true }));

async function part(name: string, text: string): Promise<void> {
  await writeFile(join(root, "src/server", name), text);
}

async function joined(): Promise<string> {
  return (await promisify(execFile)(join(root, "scripts/join"))).stdout;
}

describe("the server program", () => {
  it("is its parts in the stated order, with one first line", async () => {
    await part("ORDER", "# order\nlock.sh\n\nmain.sh\n");
    await part("main.sh", '#!/bin/sh\nmain "$@"\n');
    await part("lock.sh", "#!/bin/sh\n# Locks.\nlock() { :; }\n");
    expect(await joined()).toBe('#!/bin/sh\n# Locks.\nlock() { :; }\nmain "$@"\n');
  });

  it("ends before the parts that are read on demand, each with its heading", async () => {
    await part("ORDER", "main.sh\nextra: # for some\nmore.sh\n");
    await part("main.sh", "main\nexit\n");
    await part("more.sh", "more() { :; }\n");
    expect(await joined()).toBe("#!/bin/sh\nmain\nexit\n: part extra\nmore() { :; }\n");
  });

  it("is not made when a part has no place in the order", async () => {
    await part("ORDER", "main.sh\n");
    await part("main.sh", "main\n");
    await part("forgotten.sh", "forgotten() { :; }\n");
    await expect(joined()).rejects.toThrow("src/server/ORDER does not name forgotten.sh.");
  });

  it("is not made when the order names a part that is not there", async () => {
    await part("ORDER", "main.sh\ngone.sh\n");
    await part("main.sh", "main\n");
    await expect(joined()).rejects.toThrow("gone.sh");
  });
});
