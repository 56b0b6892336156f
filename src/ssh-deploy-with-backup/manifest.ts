/** One path of a release. */
export interface ManifestEntry {
  readonly type: "f" | "d" | "l";
  /** Permission bits, at most 0777. */
  readonly mode: number;
  /** Bytes; 0 for folders and links. */
  readonly size: number;
  /** Of the content, in hex; "-" for folders and links. */
  readonly sha256: string;
  /** Relative to the release, with `/`; no tab, no line end. */
  readonly path: string;
  /** Where a link points to, relative and inside the release. */
  readonly target?: string;
}

/** All that a release is made of, sorted by the bytes of the path: folders before what is in them. */
export type Manifest = readonly ManifestEntry[];

/** The manifest as docs/protocol.md writes it; empty for an empty release. */
export function manifestText(manifest: Manifest): string {
  return manifest.map((entry) => `${line(entry)}\n`).join("");
}

/** Sorts as `LC_ALL=C sort` does. */
export function sortManifest(entries: readonly ManifestEntry[]): Manifest {
  const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.path) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ entry }) => entry);
}

function line({ type, mode, size, sha256, path, target }: ManifestEntry): string {
  const fields = [type, mode.toString(8), String(size), sha256, path];
  return [...fields, ...(target === undefined ? [] : [target])].join("\t");
}
