import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../../support/program.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";
import { filesWith, watchProcessList } from "../../support/secret-search.js";

let folder: string;

beforeAll(async () => {
  folder = await scratchFolder("search");
  await mkdir(join(folder, "closed"), { mode: 0o700 });
  await writeFile(join(folder, "closed/a"), "s3cret", { mode: 0o644 });
  await writeFile(join(folder, "b"), "s3cret", { mode: 0o600 });
  await writeFile(join(folder, "c"), "it is s3cret", { mode: 0o640 });
  await writeFile(join(folder, "d"), "nothing");
  await chmod(folder, 0o755);
});

afterAll(() => removeFolder(folder));

test("only files that others can reach and read count, or all of them", async () => {
  expect(await filesWith(["s3cret"], folder)).toEqual([join(folder, "c")]);
  const all = await filesWith(["s3cret"], folder, "by anyone");
  expect([...all].sort()).toEqual(["b", "c", "closed/a"].map((name) => join(folder, name)));
});

test("a secret in a command line is seen, one in the environment is not", async () => {
  const watch = watchProcessList(["s3cret-word"]);
  await runProgram(["sh", "-c", "sleep 0.1; :"], {
    env: { ...cleanPath(), SECRET: "s3cret-word" },
  });
  expect(watch.stop()).toEqual([]);
  const again = watchProcessList(["s3cret-word"]);
  await runProgram(["sh", "-c", "sleep 0.1; :", "s3cret-word"]);
  expect(again.stop()).not.toEqual([]);
});

function cleanPath(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "" };
}
