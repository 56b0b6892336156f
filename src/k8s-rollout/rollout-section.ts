import { formatDuration } from "../kit/duration.js";
import { escapeMarkdown } from "../kit/escape-markdown.js";
import { identityOf, type KubeObject, nameOf } from "./cluster/objects.js";
import { containersOf, templateOf, type Workload } from "./cluster/workloads.js";
import type { Rolled } from "./rollout/watch-rollout.js";

/** What ran before. */
export interface Before {
  /** The numbers of its release and of the new one; 0: there was none. */
  readonly from: number;
  readonly to: number;
  readonly objects: readonly KubeObject[];
}

/** A table of the workloads that were rolled, for the summary; "" when there are none. */
export function rolloutSection(rolled: readonly Rolled[], before?: Before): string {
  if (rolled.length === 0) return "";
  return [
    ...(before === undefined ? [] : [titleOf(before), ""]),
    "| Workload | Result | Images | Ready after | Took |",
    "| --- | --- | --- | ---: | ---: |",
    ...rolled.map((one) => row(one, before?.objects ?? [])),
  ].join("\n");
}

function titleOf({ from, to }: Before): string {
  return from === 0 ? `To release ${to}:` : `From release ${from} to release ${to}:`;
}

function row(
  { judge, standing, readyAfterMs, tookMs, timedOut }: Rolled,
  before: readonly KubeObject[],
): string {
  const { workload } = judge;
  const images = imagesFrom(
    before.find((one) => identityOf(one) === identityOf(workload)),
    workload,
  );
  const result = timedOut ? "not ready in time" : standing.state;
  const why = standing.trouble === undefined ? "" : `: ${standing.trouble.line}`;
  const ready = readyAfterMs === undefined ? "–" : formatDuration(readyAfterMs);
  const cells = [nameOf(workload), `${result}${why}`, images.join("\n")].map(escapeMarkdown);
  return `| ${[...cells, ready, formatDuration(tookMs)].join(" | ")} |`;
}

/** `was → is` of each container whose image has changed. */
function imagesFrom(was: KubeObject | undefined, workload: Workload): readonly string[] {
  const old = new Map(imagesOf(was));
  return imagesOf(workload).map(([name, image]) => {
    const before = old.get(name) ?? image;
    return before === image ? shortImage(image) : `${shortImage(before)} → ${shortImage(image)}`;
  });
}

function imagesOf(object: KubeObject | undefined): readonly (readonly [string, string])[] {
  const spec = object === undefined ? undefined : templateOf(object)?.spec;
  return containersOf(spec).map(({ name, image }) => [name, image ?? ""] as const);
}

/** The name, and as much of the digest as tells two apart. */
function shortImage(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+/, "$1…");
}
