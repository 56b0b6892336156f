import { readFile } from "node:fs/promises";
import { mustRun } from "../program.js";

/** The mount points below `folder`, the deepest last. */
export async function mountsBelow(folder: string): Promise<readonly string[]> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  const points = lines.map((line) => unescape(line.split(" ")[4] ?? ""));
  return points.filter((point) => point.startsWith(`${folder}/`));
}

/** Unmounts all that lies below `folder`. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const point of [...(await mountsBelow(folder))].reverse())
    await mustRun(["umount", "--lazy", point]);
}

/** The kernel writes blanks and the like as octal numbers. */
function unescape(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  );
}
