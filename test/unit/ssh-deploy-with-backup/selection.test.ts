import { describe, expect, it } from "vitest";
import { selectFiles } from "../../../src/ssh-deploy-with-backup/selection.js";

function chosen(patterns: readonly string[], paths: readonly string[]): readonly string[] {
  const selection = selectFiles(patterns);
  return paths.filter((path) => selection.includes(path));
}

describe("selectFiles", () => {
  it("takes everything but .git when nothing is said, dot files too", () => {
    const paths = [
      "a",
      "src/b",
      ".env.example",
      ".git/config",
      "lib/.git",
      ".github/x",
      ".gitignore",
    ];
    expect(chosen([], paths)).toEqual(["a", "src/b", ".env.example", ".github/x", ".gitignore"]);
  });

  it("takes all that is in a folder that a pattern names", () => {
    expect(
      chosen(
        ["dist", "./bin/", "*.json"],
        ["dist/a/b", "bin/x", "package.json", "src/x.json", "distant"],
      ),
    ).toEqual(["dist/a/b", "bin/x", "package.json"]);
  });

  it("leaves out what an exclude names, with all that is in it; later lines win", () => {
    const patterns = ["!node_modules", "!**/*.map", "node_modules/kept"];
    const paths = ["a.js", "a.js.map", "lib/b.map", "node_modules/x/y", "node_modules/kept/z"];
    expect(chosen(patterns, paths)).toEqual(["a.js", "node_modules/kept/z"]);
  });

  it("takes .git only when a line names it", () => {
    expect(chosen(["**"], [".git/HEAD", "a"])).toEqual(["a"]);
    expect(chosen(["**", ".git/HEAD"], [".git/HEAD", ".git/config"])).toEqual([
      ".git/HEAD",
      ".git/config",
    ]);
  });

  it("does not read folders that cannot hold anything wanted", () => {
    const selection = selectFiles(["dist", "!dist/cache", "packages/*/dist"]);
    expect(["dist", "packages", "packages/a"].map((path) => selection.mayInclude(path))).toEqual([
      true,
      true,
      true,
    ]);
    expect(
      ["node_modules", ".git", "dist/cache"].map((path) => selection.mayInclude(path)),
    ).toEqual([false, false, false]);
  });
});
