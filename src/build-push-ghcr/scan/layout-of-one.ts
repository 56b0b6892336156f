import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PlatformImage } from "../image/measure.js";

/** A layout beside `layout` that shares its files and names one platform's image alone. */
export async function layoutOfOne(
  layout: string,
  { digest, platform }: PlatformImage,
  scratch: string,
): Promise<string> {
  const folder = join(scratch, `layout-${platform.replaceAll("/", "-")}`);
  await mkdir(folder);
  await symlink(join(layout, "blobs"), join(folder, "blobs"));
  const [algorithm = "", hex = ""] = digest.split(":");
  const bytes = await readFile(join(layout, "blobs", algorithm, hex));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size: bytes.byteLength }] };
  await writeFile(join(folder, "index.json"), JSON.stringify(index));
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return folder;
}
