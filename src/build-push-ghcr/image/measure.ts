import { BelayError } from "../../kit/errors.js";
import { itemsOf, memberAt, textAt } from "../../kit/json.js";
import { isIndex, packingOf } from "./media-types.js";
import type { Blob, ImageSource, StoredManifest } from "./source.js";

export interface Layer extends Blob {
  /** Bytes; undefined where only a download would tell. */
  readonly unpacked: number | undefined;
  /** What made it, as the image's history says; may be empty. */
  readonly createdBy: string;
}

/** The image for one platform. */
export interface PlatformImage {
  /** Such as `linux/arm64`. */
  readonly platform: string;
  readonly digest: string;
  /** Bytes as they are sent. */
  readonly compressed: number;
  /** Bytes of all layers on a disk; of a layer that does not tell, what is sent of it. */
  readonly unpacked: number;
  /** Whether all layers have told. */
  readonly exact: boolean;
  readonly layers: readonly Layer[];
  readonly labels: Readonly<Record<string, string>>;
  /** The commands that made the image, the first one first. */
  readonly history: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly createdBy: string;
  /** Undefined where it changed no file. */
  readonly layer: number | undefined;
}

/** Measures each platform of the image `digest`, without loading a layer. */
export async function measure(
  source: ImageSource,
  digest: string,
): Promise<readonly PlatformImage[]> {
  const root = await mustFind(source, digest);
  if (!isIndex(root.mediaType)) return [await measureOne(source, digest, root)];
  const children = platformsIn(root.document);
  return Promise.all(
    children.map(async (child) => measureOne(source, child, await mustFind(source, child))),
  );
}

async function mustFind(source: ImageSource, digest: string): Promise<StoredManifest> {
  const found = await source.manifest(digest);
  if (found !== undefined) return found;
  const remedy =
    "Something deleted it: have clean-ups of untagged images spare those younger than a day, and run the job again.";
  throw new BelayError("image-refused", `${digest} was built, but is gone`, remedy);
}

/** Digests of the images in an index, without what only describes them. */
export function platformsIn(index: unknown): readonly string[] {
  const images = itemsOf(memberAt(index, "manifests")).filter(
    (one) =>
      textAt(one, "platform", "os") !== "unknown" &&
      textAt(one, "annotations", "vnd.docker.reference.type") === "",
  );
  return images.map((one) => textAt(one, "digest"));
}

async function measureOne(
  source: ImageSource,
  digest: string,
  { document }: StoredManifest,
): Promise<PlatformImage> {
  const configBlob = blobOf(memberAt(document, "config"));
  const stored = itemsOf(memberAt(document, "layers"));
  const [config, ...sizes] = await Promise.all([
    source.json(configBlob),
    ...stored.map((one) => unpackedSize(source, one)),
  ]);
  const history = historyOf(config, stored.length);
  const layers = stored.map((one, index): Layer => {
    const entry = history.find(({ layer }) => layer === index);
    return { ...blobOf(one), unpacked: sizes[index], createdBy: entry?.createdBy ?? "" };
  });
  return {
    platform: platformOf(config),
    digest,
    compressed: configBlob.size + sum(layers.map(({ size }) => size)),
    unpacked: sum(layers.map(({ unpacked, size }) => unpacked ?? size)),
    exact: layers.every(({ unpacked }) => unpacked !== undefined),
    ...{ layers, history, labels: labelsOf(config) },
  };
}

/** The unpacked size stands in the last four bytes of a gzip. */
async function unpackedSize(source: ImageSource, layer: unknown): Promise<number | undefined> {
  const blob = blobOf(layer);
  const packing = packingOf(textAt(layer, "mediaType"));
  if (packing === "none") return blob.size;
  if (packing === undefined || blob.size < shortestGzip) return undefined;
  const end = await source.lastBytes(blob, 4);
  if (end === undefined) return undefined;
  const size = Buffer.from(end).readUInt32LE();
  return isPlausible(size, blob.size) ? size : undefined;
}

const shortestGzip = 20;

/**
 * The four bytes count modulo 4 GiB, and of a layer in several parts only the last: a size that is below what
 * was sent, but for the few bytes that gzip adds, is one of those.
 */
function isPlausible(unpacked: number, compressed: number): boolean {
  return compressed < 2 ** 30 && unpacked + 64 + unpacked / 1000 >= compressed;
}

function blobOf(descriptor: unknown): Blob {
  return { digest: textAt(descriptor, "digest"), size: Number(memberAt(descriptor, "size") ?? 0) };
}

function platformOf(config: unknown): string {
  const parts = ["os", "architecture", "variant"].map((name) => textAt(config, name));
  return parts.filter((part) => part !== "").join("/");
}

function labelsOf(config: unknown): Readonly<Record<string, string>> {
  const labels = memberAt(config, "config", "Labels");
  return typeof labels === "object" && labels !== null ? (labels as Record<string, string>) : {};
}

/** Each command with the layer that it made; a history that does not fit the layers says nothing of them. */
function historyOf(config: unknown, layerCount: number): readonly HistoryEntry[] {
  const entries = itemsOf(memberAt(config, "history"));
  const makers = entries.filter((entry) => memberAt(entry, "empty_layer") !== true);
  const fits = makers.length === layerCount;
  return entries.map((entry) => {
    const layer = makers.indexOf(entry);
    return {
      createdBy: textAt(entry, "created_by"),
      layer: fits && layer >= 0 ? layer : undefined,
    };
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
