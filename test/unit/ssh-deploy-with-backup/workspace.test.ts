import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BelayError } from "../../../src/kit/errors.js";
import { manifestText } from "../../../src/ssh-deploy-with-backup/manifest.js";
import { filesToUpload } from "../../../src/ssh-deploy-with-backup/upload.js";
import { readWorkspace } from "../../../src/ssh-deploy-with-backup/workspace.js";

let folder: string;
let target: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "belay-workspace-"));
  target = mkdtempSync(join(tmpdir(), "belay-release-"));
});
afterEach(() => {
  for (const each of [folder, target]) rmSync(each, { recursive: true, force: true });
});

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
  chmodSync(join(folder, path), mode);
}

async function refusal(patterns: readonly string[] = []): Promise<BelayError> {
  return readWorkspace(folder, patterns).then(
    () => {
      throw new Error("nothing was refused");
    },
    (failure: unknown) => failure as BelayError,
  );
}

const hiSum = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4";

describe("readWorkspace", () => {
  it("lists files, folders and links with modes and checksums, folders before what is in them", async () => {
    write("b/run.sh", "hi", 0o755);
    write("a", "hi");
    mkdirSync(join(folder, "empty"));
    symlinkSync("b/run.sh", join(folder, "link"));
    for (const each of ["b", "empty"]) chmodSync(join(folder, each), 0o755);
    expect(manifestText(await readWorkspace(folder, []))).toBe(
      [
        `f\t644\t2\t${hiSum}\ta`,
        "d\t755\t0\t-\tb",
        `f\t755\t2\t${hiSum}\tb/run.sh`,
        "d\t755\t0\t-\tempty",
        "l\t777\t0\t-\tlink\tb/run.sh",
        "",
      ].join("\n"),
    );
  });

  it("names the folders of what is chosen, and no others", async () => {
    write("src/app/main.js", "hi");
    write("test/x.js", "hi");
    const manifest = await readWorkspace(folder, ["src/**/*.js"]);
    expect(manifest.map(({ path }) => path)).toEqual(["src", "src/app", "src/app/main.js"]);
  });

  it("refuses all that a release cannot hold together, naming it", async () => {
    write("a\tb", "hi");
    write("c\nd", "hi");
    symlinkSync("/etc/passwd", join(folder, "out"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const { code, message, also } = await refusal();
    const messages = [message, ...also.map((one) => one.message)];
    expect(code).toBe("config");
    expect(messages.join("\n")).toContain('names with a tab or line end: "a\\tb", "c\\nd"');
    expect(messages.join("\n")).toContain('"out -> /etc/passwd"');
    expect(messages.join("\n")).toContain('sockets, pipes or devices: "pipe"');
  });

  it("lets what is left out be whatever it is", async () => {
    write("a", "hi");
    symlinkSync("/etc/passwd", join(folder, "out"));
    expect(await readWorkspace(folder, ["!out"])).toHaveLength(1);
  });

  it("refuses to deploy nothing", async () => {
    write("a", "hi");
    expect((await refusal(["dist/**"])).message).toContain("nothing in");
  });
});

describe("filesToUpload", () => {
  async function tar(
    patterns: readonly string[],
    need: "all" | readonly number[],
  ): Promise<Buffer> {
    const manifest = await readWorkspace(folder, patterns);
    const chunks: Buffer[] = [];
    for (const chunk of filesToUpload(folder, manifest).tar(need)) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }

  it("packs the regular files, as tar unpacks them", async () => {
    write("b/run.sh", "hi", 0o755);
    write("big", "x".repeat(700_000));
    symlinkSync("big", join(folder, "link"));
    execFileSync("tar", ["-xpf", "-", "-C", target], { input: await tar([], "all") });
    execFileSync("rm", [join(folder, "link")]);
    expect(execFileSync("diff", ["-r", folder, target]).toString()).toBe("");
  });

  it("packs only the lines that are needed", async () => {
    write("a", "1");
    write("b", "2");
    write("c", "3");
    const listed = execFileSync("tar", ["-tf", "-"], { input: await tar([], [1, 3]) }).toString();
    expect(listed).toBe("a\nc\n");
  });

  it("fails when a file becomes shorter or is removed meanwhile", async () => {
    write("a", "long enough");
    const manifest = await readWorkspace(folder, []);
    write("a", "short");
    const read = (): unknown => [...filesToUpload(folder, manifest).tar("all")];
    const message = "a was changed or removed while it was uploaded";
    expect(read).toThrow(expect.objectContaining({ code: "config", message }));
    rmSync(join(folder, "a"));
    expect(read).toThrow(expect.objectContaining({ code: "config", message }));
  });
});
