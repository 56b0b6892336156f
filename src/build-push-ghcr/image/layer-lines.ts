import { chainOf, type Dockerfile } from "../build/dockerfile.js";
import type { PlatformImage } from "./measure.js";

/** Line of the Dockerfile that made a layer, by the layer's place in the image. */
export type LayerLines = ReadonlyMap<number, number>;

/**
 * Finds the lines by going through image and Dockerfile from their ends, for as long as the instructions
 * agree: what lies below belongs to the base image.
 */
export function layerLines(
  { history }: Pick<PlatformImage, "history">,
  dockerfile: Dockerfile,
  target: string,
): LayerLines {
  const lines = new Map<number, number>();
  const instructions = chainOf(dockerfile, target).toReversed();
  for (const [index, entry] of history.toReversed().entries()) {
    const instruction = instructions[index];
    if (keywordOf(entry.createdBy) !== instruction?.keyword) break;
    if (entry.layer !== undefined) lines.set(entry.layer, instruction.line);
  }
  return lines;
}

/** Docker's builder before BuildKit wrote some as `/bin/sh -c #(nop)  CMD …`. */
function keywordOf(createdBy: string): string {
  return /^(?:\/bin\/sh -c #\(nop\)\s+)?([A-Z]+)\b/.exec(createdBy)?.[1] ?? "";
}
