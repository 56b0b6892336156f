import { quote } from "../../commands/shell.js";
import { type Answer, type Found, found, openAnswer, textOf } from "./found.js";
import type { NewLines } from "./new-lines.js";

/** The byte up to which a file was read; another inode is another file under its name. */
export interface FilePosition {
  readonly inode: string;
  readonly offset: number;
}

const noFile = "trouble no-file";
const block = 4096;
/** What one round reads at the most. */
const blocks = 32;

/** A file that is not there yet is read from its beginning when it comes. */
const absent: FilePosition = { inode: "-", offset: 0 };

/**
 * Prints `file INODE SIZE FROM`, then bytes from the block of FROM on. At first nothing is new. A file that
 * was replaced or cut is read from its beginning; `dd` seeks where other programs would read all before it.
 */
export function logFileText(file: string, position: FilePosition | undefined): string {
  const known = position ?? absent;
  const from = position === undefined ? "$2" : "0";
  return `file=${quote(file)}
[ -f "$file" ] || { echo '${noFile}'; exit 0; }
[ -r "$file" ] || { echo 'trouble file-denied'; exit 0; }
set -- $(stat -L -c '%i %s' "$file")
from=${from}
if [ "$1" = ${quote(known.inode)} ] && [ "$2" -ge ${String(known.offset)} ]; then from=${String(known.offset)}; fi
echo "file $1 $2 $from"
[ "$from" -ge "$2" ] || dd if="$file" bs=${String(block)} skip="$((from / ${String(block)}))" count=${String(blocks)} 2>/dev/null`;
}

/** How many bytes an answer may have. */
export const logFileBytes = block * blocks + 256;

/** Why a file was not read, and where it will be once it can be. */
export interface UnreadFile {
  readonly trouble: Found;
  readonly position: FilePosition | undefined;
}

/** Reads the whole lines of an answer; undefined where it is not whole. */
export function readLogFile(
  file: string,
  answer: Answer,
  position: FilePosition | undefined,
): NewLines<FilePosition> | UnreadFile | undefined {
  const opened = openAnswer(answer);
  if (opened === undefined) return undefined;
  const trouble = fileTrouble(file, opened.head);
  if (trouble !== undefined)
    return { trouble, position: position ?? (opened.head === noFile ? absent : undefined) };
  const [, inode, size, from] = /^file (\d+) (\d+) (\d+)$/.exec(opened.head) ?? [];
  if (inode === undefined) return undefined;
  return newLines(opened.rest, { inode, size: Number(size), from: Number(from) });
}

interface FileState {
  readonly inode: string;
  readonly size: number;
  readonly from: number;
}

function newLines(bytes: Uint8Array, { inode, size, from }: FileState): NewLines<FilePosition> {
  const fresh = bytes.subarray(from % block);
  // A line that is still being written is read when it is whole; one that fills all there is, in pieces.
  const whole = fresh.lastIndexOf(0x0a) + 1;
  const full = bytes.length >= block * blocks;
  const taken = whole === 0 && full ? fresh.length : whole;
  const lines = textOf(fresh.subarray(0, taken))
    .split("\n")
    .slice(0, whole === 0 ? undefined : -1);
  return {
    lines: taken === 0 ? [] : lines,
    missing:
      full && from + taken < size ? "more new lines in the log than were read so far" : undefined,
    position: { inode, offset: from + taken },
  };
}

function fileTrouble(file: string, head: string): Found | undefined {
  switch (head) {
    case noFile:
      return found("unhealthy", `there is no file ${file} on the server`);
    case "trouble file-denied":
      return found("hopeless", `the deploy user may not read ${file}`, {
        remedy: "Let a group of the deploy user read it.",
      });
    default:
      return undefined;
  }
}
