import { formatSize } from "../../kit/size.js";
import type { Course } from "../course.js";
import type { PlatformImage } from "../image/measure.js";

/** Each platform's size, with the difference to what the moving tag named before. */
export function sizeTable({ images = [], before }: Course): string {
  if (images.length === 0) return "";
  const rows = images.map((image) => {
    const old = before?.images.find(({ platform }) => platform === image.platform);
    const cells = [
      image.platform,
      `${image.exact ? "" : "≥ "}${formatSize(image.unpacked)}${delta(image.unpacked, old?.unpacked)}`,
      `${formatSize(image.compressed)}${delta(image.compressed, old?.compressed)}`,
      String(image.layers.length),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const than = before === undefined ? "" : `, compared with \`${before.tag}\` before`;
  return [
    `#### Size${than}`,
    "",
    "| Platform | Unpacked | Compressed | Layers |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

/** `(+1.2 MiB)`; nothing where there was nothing before. */
export function delta(now: number, before: number | undefined): string {
  if (before === undefined) return "";
  const change = now - before;
  return change === 0 ? " (±0)" : ` (${change > 0 ? "+" : "−"}${formatSize(Math.abs(change))})`;
}

/** The largest of several platforms; undefined without one. */
export function largest(images: readonly PlatformImage[]): PlatformImage | undefined {
  return images.toSorted((a, b) => b.unpacked - a.unpacked)[0];
}
