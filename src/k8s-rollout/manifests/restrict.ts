import { memberAt } from "../../kit/json.js";

/**
 * The part of `live` that `ours` says something of: applied instead of `ours` it puts back what was there, and
 * leaves to others what is theirs, such as the number of pods of an autoscaler.
 */
export function restrict(live: unknown, ours: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(ours)) return restrictList(live, ours);
  if (!isMap(live) || !isMap(ours)) return live;
  const kept = Object.entries(ours).filter(([key]) => Object.hasOwn(live, key));
  return Object.fromEntries(kept.map(([key, value]) => [key, restrict(live[key], value)]));
}

/** Of items with a name only those that we name; a list of anything else is one value. */
function restrictList(live: readonly unknown[], ours: readonly unknown[]): readonly unknown[] {
  const named = [...live, ...ours].every((item) => typeof memberAt(item, "name") === "string");
  if (!named) return live;
  return live.flatMap((item) => {
    const same = ours.find((one) => memberAt(one, "name") === memberAt(item, "name"));
    return same === undefined ? [] : [restrict(item, same)];
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
