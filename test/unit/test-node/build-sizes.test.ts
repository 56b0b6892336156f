import { describe, expect, it } from "vitest";
import { sizesTable, withoutHash } from "../../../src/test-node/build-sizes.js";

describe("the name of a bundle", () => {
  it.each([
    ["dist/assets/index-D3x9ab_c.js", "dist/assets/index.js"],
    ["dist/main.4f3e2a1b9c.js", "dist/main.js"],
    [".next/static/chunks/main-0123456789abcdef.js", ".next/static/chunks/main.js"],
    ["dist/assets/calendar-picker.js", "dist/assets/calendar-picker.js"],
    ["dist/index.js", "dist/index.js"],
  ])("stays the same from build to build: %s", (path, name) => {
    expect(withoutHash(path)).toBe(name);
  });
});

describe("the sizes of a build", () => {
  it("are told against the previous run, the largest first", () => {
    const before = { "a.js": 1024, "b.js": 4096, "gone.js": 10 };
    expect(sizesTable({ "a.js": 2048, "b.js": 4096, "c.js": 3072 }, before)).toEqual([
      "b.js: 4.0 KiB",
      "c.js: 3.0 KiB (new)",
      "a.js: 2.0 KiB (+1.0 KiB)",
      "gone.js: 0 B (gone)",
    ]);
  });

  it("stand alone where nobody knows what was before", () => {
    expect(sizesTable({ "a.js": 2048 }, undefined)).toEqual(["a.js: 2.0 KiB"]);
  });
});
