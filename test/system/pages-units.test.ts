import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { serverPath } from "../support/peers/daemon.js";
import { mustRun, runProgram } from "../support/program.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

const root = join(import.meta.dirname, "../..");

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder("units");
});
afterEach(() => removeFolder(folder));

/** What systemd has against units, by their names; the program that one starts need not be here. */
async function objections(units: Readonly<Record<string, string>>): Promise<string> {
  const files = Object.keys(units).map((name) => join(folder, name));
  for (const [name, text] of Object.entries(units))
    await writeFile(join(folder, name), text.replace(/^ExecStart=\S+/m, "ExecStart=/bin/sh"));
  const words = ["systemd-analyze", "verify", ...files];
  const { code, stdout, stderr } = await runProgram(words, { env: { PATH: serverPath() } });
  return `${code === 0 ? "" : "refused: "}${stdout}${stderr}`;
}

/** The units of a page by the names in their first lines. */
function unitsOf(page: string): Readonly<Record<string, string>> {
  const blocks = [...page.matchAll(/^```ini\n# (\S+\.(?:service|socket|timer))\n([^]*?)^```$/gm)];
  return Object.fromEntries(blocks.map(([, path = "", text = ""]) => [basename(path), text]));
}

it("the units of each page are such as systemd takes", async () => {
  const pages = (await mustRun(["git", "ls-files", "*.md"], { cwd: root })).split("\n");
  let count = 0;
  for (const page of pages.filter(Boolean)) {
    const text = await readFile(join(root, page), "utf8");
    const units = unitsOf(text);
    expect(Object.keys(units), page).toHaveLength([...text.matchAll(/^ *```ini$/gm)].length);
    if (Object.keys(units).length === 0) continue;
    count += 1;
    expect(await objections(units), page).toBe("");
  }
  expect(count).toBeGreaterThan(0);
});

it("what systemd does not know is told", async () => {
  const unit = "[Service]\nExecStrat=/bin/sh\n";
  expect(await objections({ "app.service": unit })).toContain("ExecStrat");
});
