const indexTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** All that a registry may hold: asked for fewer, it converts what it has, and the digest differs. */
export const manifestTypes: readonly string[] = [
  ...indexTypes,
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Whether it lists an image for each platform. */
export function isIndex(mediaType: string): boolean {
  return indexTypes.some((type) => mediaType.startsWith(type));
}

/** How a layer is packed; undefined for a way whose end does not tell its size. */
export function packingOf(mediaType: string): "none" | "gzip" | undefined {
  if (/[.+]gzip$/.test(mediaType)) return "gzip";
  return mediaType.endsWith(".tar") ? "none" : undefined;
}
