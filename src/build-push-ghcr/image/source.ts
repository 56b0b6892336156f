/** Something that is stored under the digest of its bytes. */
export interface Blob {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface StoredManifest {
  /** As they are stored: their digest is the image's. */
  readonly bytes: Uint8Array;
  /** The same, read as JSON. */
  readonly document: unknown;
  readonly mediaType: string;
}

/** Where images lie: in a registry, or in a folder. */
export interface ImageSource {
  /** By digest or tag; undefined when there is none. */
  manifest(reference: string): Promise<StoredManifest | undefined>;
  json(blob: Blob): Promise<unknown>;
  /** Undefined where only the whole could be had. */
  lastBytes(blob: Blob, count: number): Promise<Uint8Array | undefined>;
}
