import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { chaos, killAt } from "../../support/chaos.js";

test("the same seed and name give the same numbers, another name others", () => {
  const numbers = (name: string) => chaos(name, { BELAY_SEED: "42" }).points(4, 1);
  expect(numbers("kill")).toEqual(numbers("kill"));
  expect(numbers("kill")).not.toEqual(numbers("cut"));
});

test("points are spread over the whole life, one in each part", () => {
  const points = chaos("points", { BELAY_SEED: "7" }).points(8, 800);
  expect(points.map((point) => Math.floor(point / 100))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("a whole number lies between its ends, both included", () => {
  const { integer } = chaos("integer", { BELAY_SEED: "1" });
  const drawn = new Set(Array.from({ length: 200 }, () => integer(1, 3)));
  expect([...drawn].sort()).toEqual([1, 2, 3]);
});

test("a child is killed when its output matches", async () => {
  const child = spawn("sh", ["-c", "echo one; echo two; sleep 60"]);
  expect(await killAt(child, { said: /two/ })).toBe(true);
  expect(child.signalCode).toBe("SIGKILL");
});

test("a child is killed after a time, and one that ended before is not", async () => {
  expect(await killAt(spawn("sleep", ["60"]), { afterMs: 20 })).toBe(true);
  expect(await killAt(spawn("true"), { afterMs: 5000 })).toBe(false);
});
