import { gzipSync } from "node:zlib";
import { type OciRegistry, sha256, type StoredImage } from "./receivers/oci-registry.js";

export interface LayerOptions {
  /** Bytes of what is packed. */
  readonly size: number;
  readonly createdBy?: string;
  /** Default: gzip. */
  readonly mediaType?: string;
}

export interface ImageOptions {
  readonly platform?: string;
  readonly layers?: readonly LayerOptions[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image with all that belongs to it. */
export interface OciImage {
  readonly digest: string;
  readonly manifest: StoredImage;
  /** Other manifests that it lists. */
  readonly children: readonly OciImage[];
  readonly blobs: ReadonlyMap<string, Buffer>;
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";
export const indexType = "application/vnd.oci.image.index.v1+json";
export const gzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Makes an image of one platform; equal options make equal bytes. */
export function ociImage(options: ImageOptions = {}): OciImage {
  const { platform = "linux/amd64", labels = {}, annotations = {} } = options;
  const layers = options.layers ?? [{ size: 10_000, createdBy: "COPY app /app # buildkit" }];
  const [os = "", architecture = "", variant] = platform.split("/");
  const blobs = new Map<string, Buffer>();
  const put = (bytes: Buffer, mediaType: string) => {
    blobs.set(sha256(bytes), bytes);
    return { mediaType, digest: sha256(bytes), size: bytes.byteLength };
  };
  const history = layers.map(({ createdBy = "" }) => ({ created_by: createdBy }));
  const config = { os, architecture, variant, config: { Labels: labels }, history };
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: put(Buffer.from(JSON.stringify(config)), "application/vnd.oci.image.config.v1+json"),
    layers: layers.map((layer, at) => put(bytesOf(layer, at), layer.mediaType ?? gzipLayer)),
    annotations,
  };
  return stored(manifest, manifestType, [], blobs);
}

/** Makes an index of these images; what only describes them has the platform `unknown/unknown`. */
export function ociIndex(
  children: readonly OciImage[],
  platforms: readonly string[],
  annotations: Readonly<Record<string, string>> = {},
): OciImage {
  const manifests = children.map(({ digest, manifest }, at) => {
    const [os, architecture] = (platforms[at] ?? "").split("/");
    const size = manifest.bytes.byteLength;
    return { mediaType: manifestType, digest, size, platform: { os, architecture } };
  });
  const index = { schemaVersion: 2, mediaType: indexType, manifests, annotations };
  return stored(index, indexType, children, new Map());
}

/** Puts an image into a registry, by its digest alone or with a tag. */
export function store(registry: OciRegistry, image: OciImage, tag?: string): void {
  for (const child of image.children) store(registry, child);
  for (const [digest, bytes] of image.blobs) registry.blobs.set(digest, bytes);
  registry.manifests.set(image.digest, image.manifest);
  if (tag !== undefined) registry.manifests.set(tag, image.manifest);
}

function stored(
  document: object,
  mediaType: string,
  children: readonly OciImage[],
  blobs: ReadonlyMap<string, Buffer>,
): OciImage {
  const bytes = Buffer.from(JSON.stringify(document, undefined, 2));
  return { digest: sha256(bytes), manifest: { bytes, mediaType }, children, blobs };
}

function bytesOf({ size, mediaType = gzipLayer }: LayerOptions, at: number): Buffer {
  const plain = Buffer.alloc(size, `layer ${String(at)} `);
  return mediaType.endsWith("gzip") ? gzipSync(plain) : plain;
}
