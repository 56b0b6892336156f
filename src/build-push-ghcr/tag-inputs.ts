import type { InputReader } from "../kit/inputs.js";
import { type Flavor, parseFlavor } from "./tags/flavor.js";
import { parseRule, type TagRule } from "./tags/rule.js";

/** By which rules the image gets its tags. */
export interface TagInputs {
  readonly rules: readonly TagRule[];
  readonly flavor: Flavor;
}

const defaultRules = `type=schedule
type=semver,pattern={{version}}
type=semver,pattern={{major}}.{{minor}}
type=ref,event=branch
type=ref,event=pr
type=raw,value=latest,enable={{is_default_branch}}`;

/** Reads `tags` and `flavor`. */
export function readTagInputs(reader: InputReader): TagInputs {
  const lines = reader.has("tags") ? reader.lines("tags") : defaultRules.split("\n");
  const rules = lines.flatMap((line) => {
    const rule = parseRule(line);
    if (typeof rule !== "string") return [rule];
    const remedy = "Write for example `type=ref,event=branch`; the README lists all types.";
    reader.problemInside("tags", `line \`${line.slice(0, 80)}\`: ${rule}`, remedy);
    return [];
  });
  return { rules, flavor: readFlavor(reader) };
}

function readFlavor(reader: InputReader): Flavor {
  const flavor = parseFlavor(reader.lines("flavor"));
  if (typeof flavor !== "string") return flavor;
  reader.problemInside("flavor", flavor, "Write for example `latest=false`.");
  return { latest: "auto", prefix: "", suffix: "", prefixLatest: false, suffixLatest: false };
}
