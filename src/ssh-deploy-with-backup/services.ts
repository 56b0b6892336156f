import { formatDuration } from "../kit/duration.js";
import type { AnswerRecord } from "../server/answer.js";

/** What happens to each service of a compose project and why, and within what time each that was recreated was well again. */
export function serviceFacts(
  records: readonly AnswerRecord[],
): readonly { readonly name: string; readonly value: string }[] {
  return records.flatMap(({ key, values: [name = "", what = "", why = ""] }) => {
    if (key === "service") return [{ name: `service ${name}`, value: `${what}: ${why}` }];
    if (key !== "recreated") return [];
    const value = `recreated, well again within ${formatDuration(Number(what))}: ${why}`;
    return [{ name: `service ${name}`, value }];
  });
}
