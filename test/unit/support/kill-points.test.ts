import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { programWithKillPoints } from "../../support/kill-points.js";

it("the server program can be made to count and to die, whatever has been changed in it", () => {
  const program = programWithKillPoints();
  expect(program.toString()).toMatch(/\nkill_point\(\) \{[^]*\nmain "\$@"\n[^]*\n: part compose\n/);
  const { status, stderr } = spawnSync("sh", ["-n"], { input: program, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
