import { withoutColours } from "../kit/colours.js";
import type { ChildEnd } from "../ports/children.js";

const longestLine = 300;

/** How a program ended that did not end well, with the last thing that it said. */
export function endText(end: Pick<ChildEnd, "code" | "signal" | "tail">, name: string): string {
  const { code, signal, tail } = end;
  const last = lastLine(tail);
  const said = last === "" ? "" : `; its last line: ${last}`;
  if (signal === "SIGKILL" || code === 137)
    return `\`${name}\` was killed, most likely because the machine ran out of memory${said}`;
  const how =
    code === null ? `was ended by ${signal ?? "a signal"}` : `ended with exit code ${code}`;
  return `\`${name}\` ${how}${said}`;
}

/** What package managers add at the end says only that a script failed. */
function lastLine(tail: string): string {
  const lines = withoutColours(tail)
    .split("\n")
    .map((line) => line.trim());
  const noise = /^(?:npm (?:error|ERR!|notice|warn)|info Visit https|ELIFECYCLE|\[?ERR_PNPM_)/i;
  const own = lines.filter((line) => line !== "" && !noise.test(line));
  return (own.at(-1) ?? "").slice(0, longestLine);
}
