import { formatDuration } from "../kit/duration.js";
import type { AnswerRecord } from "../server/answer.js";
import type { Fact } from "./outcome.js";

/** What happens to each service of a compose project and why, and how long each that was recreated was away. */
export function serviceFacts(records: readonly AnswerRecord[]): readonly Fact[] {
  return records.flatMap(({ key, values: [name = "", what = "", why = ""] }) => {
    if (key === "service") return [{ name: `service ${name}`, value: `${what}: ${why}` }];
    if (key !== "recreated") return [];
    const value = `recreated, away for ${formatDuration(Number(what))}: ${why}`;
    return [{ name: `service ${name}`, value }];
  });
}
