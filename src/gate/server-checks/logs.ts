import type { LogsCheck } from "../check.js";
import { bounded } from "../pattern.js";
import { type Answer, type Found, found, gravest } from "./found.js";
import { containerLogsText, readContainerLogs, type ContainerPositions } from "./logs-container.js";
import { logFileText, readLogFile, type FilePosition } from "./logs-file.js";
import type { NewLines } from "./new-lines.js";
import { placeName } from "./place.js";

/** Up to where a log was read, and what stays true once it was seen. */
export interface LogsMemory {
  readonly file?: FilePosition | undefined;
  readonly containers?: ContainerPositions | undefined;
  /** The first forbidden line. */
  readonly forbidden?: string | undefined;
  readonly wantedSeen?: boolean | undefined;
}

/** Prints what was logged since the last round, at most 128 KiB of it. */
export function logsText({ source }: LogsCheck, memory: LogsMemory): string {
  return "file" in source
    ? logFileText(source.file, memory.file)
    : containerLogsText(source, memory.containers ?? new Map());
}

/** What a round found, and what the next one has to know. */
export interface LogsReading {
  readonly found: Found | undefined;
  readonly memory: LogsMemory;
}

/**
 * Hopeless from the first forbidden line on; unhealthy until a wanted line was seen, and for as long as
 * there are new lines that were not looked at.
 */
export function readLogs(check: LogsCheck, answer: Answer, memory: LogsMemory): LogsReading {
  const read = readNewLines(check, answer, memory);
  if (read === undefined) return { found: undefined, memory };
  if ("trouble" in read) return { found: read.trouble, memory: { ...memory, ...read.positions } };
  const looked = bounded(() => look(check, read.lines));
  if (looked === undefined) {
    const slow = found("unhealthy", "a pattern takes too long on this log", {
      remedy: "Make the pattern simpler.",
    });
    return { found: slow, memory: { ...memory, ...read.positions } };
  }
  const now = {
    ...memory,
    ...read.positions,
    forbidden: memory.forbidden ?? looked.forbidden,
    wantedSeen: memory.wantedSeen === true || looked.wantedSeen,
  };
  return { found: judge(check, now, read.missing), memory: now };
}

type Positions = Pick<LogsMemory, "file" | "containers">;
type Read = { readonly positions: Positions } & (
  Pick<NewLines<unknown>, "lines" | "missing"> | { readonly trouble: Found }
);

function readNewLines(
  { source }: LogsCheck,
  answer: Answer,
  { file, containers }: LogsMemory,
): Read | undefined {
  if ("file" in source) {
    const read = readLogFile(source.file, answer, file);
    return read && { ...read, positions: { file: read.position } };
  }
  const read = readContainerLogs(source, answer, containers ?? new Map());
  if (read === undefined || "trouble" in read) return read && { ...read, positions: {} };
  return { ...read, positions: { containers: read.position } };
}

interface Looked {
  readonly forbidden: string | undefined;
  readonly wantedSeen: boolean;
}

function look({ forbidden, wanted }: LogsCheck, lines: readonly string[]): Looked {
  return {
    forbidden: forbidden && lines.find((line) => forbidden.test(line)),
    wantedSeen: wanted !== undefined && lines.some((line) => wanted.test(line)),
  };
}

function judge(check: LogsCheck, memory: LogsMemory, missing: string | undefined): Found {
  const { source, forbidden, wanted } = check;
  const name = "file" in source ? source.file : placeName(source);
  if (memory.forbidden !== undefined)
    return found("hopeless", `a forbidden line in the log of ${name}`, {
      said: memory.forbidden,
    });
  const findings = [
    ...(missing === undefined ? [] : [found("unhealthy", missing)]),
    ...(wanted === undefined || memory.wantedSeen === true
      ? []
      : [found("unhealthy", `no line that is wanted in the log of ${name} so far`)]),
  ];
  const good = wanted === undefined ? "no forbidden line" : "the wanted line was logged";
  const both =
    wanted !== undefined && forbidden !== undefined ? ", and none that is forbidden" : "";
  return gravest(findings) ?? found("healthy", `${good}${both}`);
}
