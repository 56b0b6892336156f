import { expect, test } from "vitest";
import { maskPart, maskSecret } from "../../../src/kit/mask.js";

function masked(secret: string): string[] {
  const hidden: string[] = [];
  maskSecret(secret, (text) => hidden.push(text));
  return hidden;
}

test("a secret of one line is hidden whole, however short", () => {
  expect(masked("hunter2")).toEqual(["hunter2"]);
  expect(masked("x")).toEqual(["x"]);
});

test("of several lines each is hidden by itself, but none that would hide half of the log", () => {
  expect(masked('{\n  "token": "abc"\r\n}\n\n')).toEqual(['"token": "abc"']);
});

test("an empty secret hides nothing", () => {
  expect(masked("")).toEqual([]);
});

test("a part such as 1 or on is not worth hiding", () => {
  const hidden: string[] = [];
  for (const part of ["", "1", "yes", "true"]) maskPart(part, (text) => hidden.push(text));
  expect(hidden).toEqual(["true"]);
});
