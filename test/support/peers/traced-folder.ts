import { afterEach, beforeEach, expect } from "vitest";
import { removeFolder, scratchFolder } from "../scratch.js";
import { tracesIn } from "./traces.js";

/** Gives each test a temporary folder of its own, and fails it when something is left in or of that folder. */
export function useTracedFolder(): () => string {
  const outer = process.env["TMPDIR"];
  let folder = "";
  beforeEach(async () => {
    folder = await scratchFolder("peers");
    process.env["TMPDIR"] = folder;
  });
  afterEach(async () => {
    if (outer === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = outer;
    const left = await tracesIn(folder);
    await removeFolder(folder);
    expect(left).toEqual([]);
  });
  return () => folder;
}
