import type { Built } from "./build/run-build.js";
import type { LayerLines } from "./image/layer-lines.js";
import type { PlatformImage } from "./image/measure.js";
import type { Plan } from "./plan.js";
import type { PlatformScan } from "./scan/finding.js";
import type { Tagged } from "./tagging/put-tags.js";

/** What a run has come to so far: whatever ends it, that is what can be told. */
export interface Course {
  plan?: Plan;
  built?: Built;
  images?: readonly PlatformImage[];
  /** Bytes that each of them may have unpacked. */
  maxSize?: number;
  /** What the tag that moves named before; nothing where it named nothing. */
  before?: { readonly tag: string; readonly images: readonly PlatformImage[] };
  /** The Dockerfile from the root of the repository, and which line made which layer, for each image. */
  lines?: { readonly file: string; readonly of: readonly LayerLines[] };
  scans?: readonly PlatformScan[];
  tagged?: Tagged;
  /** The end of what a failed step printed. */
  lastLines?: readonly string[];
  /** What must not be shown. */
  secrets: readonly string[];
}
