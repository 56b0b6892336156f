import { memberAt } from "../kit/json.js";
import type { Course } from "./course.js";
import { largest } from "./summary/sizes.js";

export type Status = "pushed" | "built" | "failed";

/** The outputs, without those that every action has; what was never known is empty. */
export function outputsOf(course: Course, status: Status): Readonly<Record<string, string>> {
  const { plan, built, images = [], tagged } = course;
  const size = largest(images)?.unpacked;
  return {
    // A reference to something that was refused would be deployed sooner or later.
    "image-ref":
      status === "pushed" && plan !== undefined && built !== undefined
        ? `${plan.image.name}@${built.digest}`
        : "",
    digest: built?.digest ?? "",
    tags: (tagged?.on ?? []).map((tag) => `${plan?.image.name ?? ""}:${tag}`).join("\n"),
    "tags-skipped": [...(tagged?.skipped.keys() ?? [])].join("\n"),
    "size-bytes": String(size ?? ""),
    metadata: shortMetadata(built?.metadata),
  };
}

const longestMetadata = 4096;

/** buildx's notes without provenance; what makes them too long is left out, the longest first. */
function shortMetadata(metadata: unknown): string {
  if (typeof metadata !== "object" || metadata === null) return "";
  let entries = Object.entries(metadata).filter(([name]) => !name.includes("provenance"));
  const textOf = (): string => JSON.stringify(Object.fromEntries(entries));
  while (Buffer.byteLength(textOf()) > longestMetadata) {
    const sizeOf = (name: string): number => JSON.stringify(memberAt(metadata, name)).length;
    const [longest] = entries.map(([name]) => name).sort((a, b) => sizeOf(b) - sizeOf(a));
    entries = entries.filter(([name]) => name !== longest);
  }
  return textOf();
}
