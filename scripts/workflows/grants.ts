import { ownPath } from "./inputs-exist.js";
import { jobsOf, mapping } from "./workflow.js";

const rank = ["none", "read", "write"];

/**
 * One line for each permission that a called workflow asks for and the calling job does not grant: GitHub refuses
 * such a run before it starts, a local runner does not.
 */
export function missingGrants(
  workflow: unknown,
  called: (path: string) => unknown,
): readonly string[] {
  return jobsOf(workflow).flatMap(({ name, value }) => {
    const { uses } = value;
    if (typeof uses !== "string") return [];
    const path = ownPath(uses) ?? (uses.startsWith("./") ? uses.slice(2) : undefined);
    if (path === undefined) return [];
    const granted = mapping(value["permissions"]);
    return Object.entries(askedFor(called(path))).flatMap(([scope, level]) =>
      rank.indexOf(level) <= Math.max(0, rank.indexOf(String(granted[scope])))
        ? []
        : [`${name}: ${uses} asks for ${scope}: ${level}, which the job does not grant`],
    );
  });
}

/** The most that any job of a workflow asks for. */
function askedFor(workflow: unknown): Readonly<Record<string, string>> {
  const asked: Record<string, string> = {};
  for (const { value } of jobsOf(workflow)) {
    for (const [scope, level] of Object.entries(mapping(value["permissions"]))) {
      if (rank.indexOf(String(level)) > rank.indexOf(asked[scope] ?? "none"))
        asked[scope] = String(level);
    }
  }
  return asked;
}
