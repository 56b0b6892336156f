import { quote } from "../../commands/shell.js";
import type { CommandCheck } from "../check.js";
import { matches } from "../pattern.js";
import { type Answer, type Found, found, textOf } from "./found.js";
import { runIn } from "./place.js";
import { readRan } from "./trouble.js";

/** Runs the line by `sh`, both streams in one, without standard input; its exit code is that of the answer. */
export function commandText(check: CommandCheck): string {
  return runIn(check.place, `(eval ${quote(check.command)}) 2>&1`, check.attemptTimeoutMs);
}

/** How much of the output is of use: all that a pattern may look at, else what is shown. */
export function commandBytes(check: CommandCheck): number {
  return check.matches === undefined ? 4096 : 64 * 1024;
}

/** Healthy with the wanted exit code, and the pattern in the output where one is given. */
export function readCommand(check: CommandCheck, answer: Answer): Found {
  const ran = readRan(answer, check);
  if ("trouble" in ran) return ran.trouble;
  const output = textOf(ran.output);
  if (answer.code !== check.exitCode)
    return found("unhealthy", exitReason(check, answer), { said: output });
  if (check.matches === undefined) return found("healthy", exitText(answer.code));
  switch (matches(check.matches, output)) {
    case true:
      return found("healthy", "the output matches");
    case false:
      return found("unhealthy", "the output does not match the pattern", { said: output });
    case undefined:
      return found("unhealthy", "the pattern takes too long on this output", {
        remedy: "Make the pattern simpler.",
      });
  }
}

function exitReason(check: CommandCheck, { code }: Answer): string {
  const wanted = check.exitCode === 0 ? "" : `, wanted ${String(check.exitCode)}`;
  return `${exitText(code)}${wanted}`;
}

function exitText(code: number): string {
  return `exit code ${String(code)}`;
}
