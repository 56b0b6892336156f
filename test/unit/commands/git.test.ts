import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasCommit, isShallow, logCommits, parseCommits } from "../../../src/commands/git.js";
import { mustRun, runProgram } from "../../support/program.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";

let folder: string;
let shas: readonly string[];
beforeEach(async () => {
  folder = await scratchFolder("git");
  const git = ["git", "-C", folder, "-c", "user.name=Ada L", "-c", "user.email=ada@example.com"];
  await mustRun(["git", "init", "-q", folder]);
  for (const message of ["one\n\nbody\n\nmore", "two \u00e9 🚀 'quoted' \"x\" $(id)", "three"])
    await mustRun([...git, "commit", "-q", "--allow-empty", "-m", message]);
  shas = (await mustRun([...git, "log", "--format=%H"])).trim().split("\n");
});
afterEach(() => removeFolder(folder));

describe("the log", () => {
  it("is read back commit by commit, with whole messages", async () => {
    const commits = parseCommits(await mustRun(logCommits("HEAD", 10), { cwd: folder }));
    expect(commits.map(({ sha }) => sha)).toEqual(shas);
    expect(commits.map(({ message }) => message)).toEqual([
      "three",
      "two \u00e9 🚀 'quoted' \"x\" $(id)",
      "one\n\nbody\n\nmore",
    ]);
    expect(commits[0]).toMatchObject({ author: "Ada L", email: "ada@example.com" });
    expect(Date.parse(commits[0]?.timestamp ?? "")).not.toBeNaN();
  });

  it("is limited by number and by what came before", async () => {
    const count = async (argv: readonly string[]): Promise<number> =>
      parseCommits(await mustRun(argv, { cwd: folder })).length;
    expect(await count(logCommits("HEAD", 2))).toBe(2);
    expect(await count(logCommits("HEAD", 10, shas[1]))).toBe(1);
  });

  it("takes nothing for an option", async () => {
    const { code, stderr } = await runProgram(logCommits("--output=evil", 1), { cwd: folder });
    expect(code).not.toBe(0);
    expect(stderr).toContain("--output=evil");
  });
});

it("a commit is there or not, a checkout whole or shallow", async () => {
  const code = async (sha: string): Promise<number | null> =>
    (await runProgram(hasCommit(sha), { cwd: folder })).code;
  expect(await code(shas[2] ?? "")).toBe(0);
  expect(await code("a".repeat(40))).not.toBe(0);
  expect((await mustRun(isShallow(), { cwd: folder })).trim()).toBe("false");
});
