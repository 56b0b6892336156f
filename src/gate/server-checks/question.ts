import type { ServerCheck } from "../check.js";
import { commandBytes, commandText, readCommand } from "./command.js";
import { containerText, readContainers } from "./container.js";
import type { Answer, Found } from "./found.js";
import { logFileBytes } from "./logs-file.js";
import { containerLogsBytes } from "./logs-container.js";
import { logsText, readLogs } from "./logs.js";
import type { ServerMemory } from "./memory.js";
import { postgresText, readPostgres } from "./postgres.js";
import { readRedis, redisText } from "./redis.js";
import { loadText, readLoad } from "./server-load.js";

/** POSIX sh that asks for a check as it stands after the rounds that `memory` knows. */
export function questionOf(check: ServerCheck, memory: ServerMemory): string {
  switch (check.kind) {
    case "container":
      return containerText(check);
    case "command":
      return commandText(check);
    case "logs":
      return logsText(check, memory.logs.get(check.name) ?? {});
    case "postgres":
      return postgresText(check);
    case "redis":
      return redisText(check);
    case "server":
      return loadText(check, memory.cpu.get(check.name));
  }
}

/** How many bytes of the answer are kept; what a program prints beyond them is thrown away on the server. */
export function answerBytes(check: ServerCheck): number {
  switch (check.kind) {
    case "container":
      return 64 * 1024;
    case "command":
      return commandBytes(check);
    case "logs":
      return "file" in check.source ? logFileBytes : containerLogsBytes;
    case "postgres":
    case "redis":
    case "server":
      return 16 * 1024;
  }
}

/** Judges a whole answer and remembers what the next question needs; undefined where it makes no sense. */
export function judgeAnswer(
  check: ServerCheck,
  answer: Answer,
  memory: ServerMemory,
): Found | undefined {
  switch (check.kind) {
    case "container": {
      const reading = readContainers(check, answer, memory.containers.get(check.name));
      if (reading.memory !== undefined) memory.containers.set(check.name, reading.memory);
      return reading.found;
    }
    case "command":
      return readCommand(check, answer);
    case "logs": {
      const reading = readLogs(check, answer, memory.logs.get(check.name) ?? {});
      memory.logs.set(check.name, reading.memory);
      return reading.found;
    }
    case "postgres":
      return readPostgres(check, answer);
    case "redis":
      return readRedis(check, answer);
    case "server": {
      const reading = readLoad(check, answer, memory.cpu.get(check.name));
      if (reading.ticks !== undefined) memory.cpu.set(check.name, reading.ticks);
      return reading.found;
    }
  }
}
