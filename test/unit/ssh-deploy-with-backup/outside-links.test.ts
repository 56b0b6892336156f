import { describe, expect, it } from "vitest";
import type { ManifestEntry } from "../../../src/ssh-deploy-with-backup/manifest.js";
import { outsideLinks } from "../../../src/ssh-deploy-with-backup/outside-links.js";

function outside(links: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(links).map(([path, target]): ManifestEntry => ({
    type: "l",
    mode: 0o777,
    size: 0,
    sha256: "-",
    path,
    target,
  }));
  return outsideLinks(entries).map(({ path }) => path);
}

describe("outsideLinks", () => {
  it("lets links within the release be, dangling and circular ones too", () => {
    expect(
      outside({ a: "b", "x/y": "../b/./c", "x/z": "../x//y", loop: "loop", "p/q": ".." }),
    ).toEqual([]);
  });

  it("finds links that climb out, and absolute ones", () => {
    expect(
      outside({ a: "..", "x/y": "../../etc", b: "/etc/passwd", c: "x/../../y", ok: "x" }),
    ).toEqual(["a", "x/y", "b", "c"]);
  });

  it("follows links as the kernel does: what looks inside may lead outside", () => {
    expect(outside({ "a/b/c/up": "../../..", sly: "a/b/c/up/.." })).toEqual(["sly"]);
    expect(outside({ abs: "/tmp", via: "abs/x" })).toEqual(["abs", "via"]);
  });
});
