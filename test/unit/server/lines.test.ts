import { expect, it } from "vitest";
import { Lines } from "../../../src/server/lines.js";

it("prints whole lines, however the bytes are cut, and the rest at the end", () => {
  const bytes = Buffer.from("ä €\nsecond\n\nrest");
  for (const length of [1, 2, 5, 100]) {
    const printed: string[] = [];
    const lines = new Lines((line) => printed.push(line));
    for (let at = 0; at < bytes.length; at += length) lines.add(bytes.subarray(at, at + length));
    lines.end();
    expect(printed).toEqual(["ä €", "second", "", "rest"]);
  }
});

it("does not wait for ever for the end of a line", () => {
  const printed: string[] = [];
  const lines = new Lines((line) => printed.push(line));
  for (let round = 0; round < 100; round += 1) lines.add(Buffer.alloc(1000, "."));
  expect(printed.length).toBeGreaterThan(4);
});
