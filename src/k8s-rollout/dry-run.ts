import { oneLine } from "../kit/one-line.js";
import { escapeMarkdown } from "../kit/escape-markdown.js";
import { nameOf } from "./cluster/objects.js";
import type { Outcome } from "./outcome.js";
import type { Plan } from "./plan.js";
import type { Prepared } from "./prepare.js";
import type { Site } from "./site.js";

const mostLines = 50;

/** Shows what a deploy would change, object by object; of a Secret only which keys. */
export function showPlan({ changed, objects, number, good }: Plan, { log, set }: Site): Outcome {
  for (const one of changed) {
    log.startGroup(`${nameOf(one.object)}: ${one.live === undefined ? "new" : "changed"}`);
    log.output(`${linesOf(one).join("\n")}\n`);
    log.endGroup();
  }
  const rows = changed.map((one) => {
    const what = one.live === undefined ? "new" : linesOf(one).slice(0, 10).join("\n");
    return `| ${escapeMarkdown(nameOf(one.object))} | ${escapeMarkdown(what)} |`;
  });
  return {
    status: "planned",
    verdict: `release ${number} of ${set} would change ${changed.length} of ${objects.length} objects`,
    sections:
      rows.length === 0 ? [] : [["| Object | Change |", "| --- | --- |", ...rows].join("\n")],
    outputs: { "previous-release": good === undefined ? "" : String(good.number) },
  };
}

function linesOf({ object, live, changes }: Prepared): readonly string[] {
  if (object.kind === "Secret") {
    const keys = changes.map(({ path }) => path.replace(/^(?:data|stringData)\.?/, ""));
    return [...new Set(keys)].map((key) => `${key === "" ? "data" : key}: key changed`);
  }
  if (live === undefined) return ["new"];
  return changes
    .slice(0, mostLines)
    .map(({ path, from, to }) => `${path}: ${shown(from)} -> ${shown(to)}`);
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : oneLine(JSON.stringify(value), 120);
}
