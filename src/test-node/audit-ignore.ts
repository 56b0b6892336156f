import type { InputReader } from "../kit/inputs.js";

/** An advisory that may stand until a day. */
export interface IgnoredAdvisory {
  readonly id: string;
  /** As `2026-12-31`: its last day, in UTC. */
  readonly until: string;
}

/** The lines of `audit-ignore`: an advisory, and the day up to which nobody asks for it again. */
export function readIgnored(reader: InputReader): readonly IgnoredAdvisory[] {
  return reader.lines("audit-ignore").flatMap((line) => {
    const [, id = "", until = ""] = /^(\S+)\s+(?:until\s+)?(\d{4}-\d{2}-\d{2})$/.exec(line) ?? [];
    if (id !== "" && isDay(until)) return [{ id, until }];
    reader.problem("audit-ignore", {
      given: line,
      accepted: "an advisory and the last day on which it is ignored, one a line",
      example: "GHSA-35jh-r3h4-6jhm until 2026-12-31",
    });
    return [];
  });
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
