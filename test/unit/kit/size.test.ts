import { describe, expect, test } from "vitest";
import { formatSize, parseSize } from "../../../src/kit/size.js";

describe("a size", () => {
  test.each([
    ["512B", 512],
    ["300MB", 300_000_000],
    ["1 kB", 1000],
    ["1.5GiB", 1_610_612_736],
    ["1GiB", 1_073_741_824],
  ])("%s is read", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(["", "300", "300M", "1iB", "-1MB", "1,5GB", "1 000MB", "MB"])(
    "%j is refused",
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );

  test.each([
    [12, "12 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [3_565_158, "3.4 MiB"],
    [1_048_575, "1.0 MiB"],
    [2 ** 31, "2.0 GiB"],
    [2 ** 52, "4096.0 TiB"],
  ])("of %d bytes is shown as people read it", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
