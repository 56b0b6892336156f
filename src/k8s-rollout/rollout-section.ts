import { formatDuration } from "../kit/duration.js";
import { escapeMarkdown } from "../kit/escape-markdown.js";
import { nameOf } from "./cluster/objects.js";
import { containersOf } from "./cluster/workloads.js";
import type { Rolled } from "./rollout/watch-rollout.js";

/** A table of the workloads that were rolled, for the summary; "" when there are none. */
export function rolloutSection(rolled: readonly Rolled[]): string {
  if (rolled.length === 0) return "";
  return [
    "| Workload | Result | Images | Ready after | Took |",
    "| --- | --- | --- | ---: | ---: |",
    ...rolled.map(row),
  ].join("\n");
}

function row({ judge, standing, readyAfterMs, tookMs, timedOut }: Rolled): string {
  const { workload } = judge;
  const images = containersOf(workload.spec?.template?.spec).map(({ image }) =>
    shortImage(image ?? ""),
  );
  const result = timedOut ? "not ready in time" : standing.state;
  const why = standing.trouble === undefined ? "" : `: ${standing.trouble.line}`;
  const ready = readyAfterMs === undefined ? "–" : formatDuration(readyAfterMs);
  const cells = [nameOf(workload), `${result}${why}`, images.join("\n")].map(escapeMarkdown);
  return `| ${[...cells, ready, formatDuration(tookMs)].join(" | ")} |`;
}

/** The name, and as much of the digest as tells two apart. */
function shortImage(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+/, "$1…");
}
