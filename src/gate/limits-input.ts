import type { InputReader } from "../kit/inputs.js";
import type { Limits } from "./check.js";
import type { Measure } from "./check-fields.js";

/** Reads `5%`, which is critical, or `warning=1% critical=5%`, on one line or several. */
export function readLimits(
  reader: InputReader,
  name: string,
  { parse }: Pick<Measure, "parse">,
  example: string,
): Limits | undefined {
  const words = reader.lines(name).flatMap((line) => line.split(/[\s,]+/));
  if (words.length === 0) return undefined;
  const limits = new Map<string, number>();
  for (const word of words) {
    const [, key = "critical", value = ""] = /^(?:(warning|critical)=)?(.+)$/.exec(word) ?? [];
    const number = parse(value);
    if (number === undefined || limits.has(key)) {
      const accepted = "`warning=…` and `critical=…`, at least one of them, or one limit alone";
      reader.problem(name, { accepted, example });
      return undefined;
    }
    limits.set(key, number);
  }
  const [warning, critical] = [limits.get("warning"), limits.get("critical")];
  if (warning === undefined || critical === undefined || warning <= critical)
    return { warning, critical };
  reader.problem(name, { accepted: "a critical limit that is not below the warning", example });
  return undefined;
}
