import { escapeMarkdown } from "../../kit/escape-markdown.js";
import { oneLine } from "../../kit/one-line.js";
import { formatSize } from "../../kit/size.js";
import type { Course } from "../course.js";
import { largest } from "./sizes.js";

const mostLayers = 5;
/** What is smaller is nobody's concern. */
const smallest = 1024;

/** The largest layers of the largest image, each with the line of the Dockerfile that made it. */
export function layerTable({ images = [], lines }: Course): string {
  const image = largest(images);
  if (image === undefined) return "";
  const linesOf = lines?.of[images.indexOf(image)];
  const layers = image.layers
    .map((layer, index) => ({
      ...layer,
      line: linesOf?.get(index),
      bytes: layer.unpacked ?? layer.size,
    }))
    .filter(({ bytes }) => bytes >= smallest)
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, mostLayers);
  if (layers.length === 0) return "";
  const rows = layers.map(({ bytes, unpacked, line, createdBy }) => {
    const where = line === undefined ? "base image" : `${lines?.file ?? ""}:${String(line)}`;
    const size = `${unpacked === undefined ? "≥ " : ""}${formatSize(bytes)}`;
    return `| ${size} | ${escapeMarkdown(where)} | ${escapeMarkdown(command(createdBy))} |`;
  });
  const title = images.length > 1 ? `Largest layers of ${image.platform}` : "Largest layers";
  return [
    `#### ${title}`,
    "",
    "| Unpacked | Line | Made by |",
    "| ---: | --- | --- |",
    ...rows,
  ].join("\n");
}

/** Without what every builder adds to it. */
function command(createdBy: string): string {
  const plain = createdBy
    .replace(/\s*# buildkit$/, "")
    .replace(/^(?:RUN )?\|\d+ .*?\/bin\/sh -c /, "RUN ")
    .replace(/^RUN \/bin\/sh -c /, "RUN ");
  return oneLine(plain, 120);
}
