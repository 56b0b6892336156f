import { BelayError } from "../kit/errors.js";
import { formatSize } from "../kit/size.js";
import type { PlatformImage } from "./image/measure.js";

/** Throws `image-refused` when the image of a platform is larger than `maxSize` bytes on a disk. */
export function refuseTooLarge(images: readonly PlatformImage[], maxSize: number): void {
  const large = images.filter(({ unpacked }) => unpacked > maxSize);
  const [first, ...also] = large.map((image) => tooLarge(image, maxSize));
  if (first !== undefined)
    throw new BelayError("image-refused", first.message, first.remedy, { also });
}

/** A sentence for each platform of which nobody knows whether it is small enough; none when all are known. */
export function unprovenSizes(images: readonly PlatformImage[]): readonly string[] {
  return images
    .filter(({ exact }) => !exact)
    .map(
      ({ platform, unpacked }) =>
        `${platform}: a layer does not tell its unpacked size without a download; the image has at least ${formatSize(unpacked)}`,
    );
}

function tooLarge({ platform, unpacked, exact, layers }: PlatformImage, max: number): BelayError {
  const least = exact ? "" : "at least ";
  const message = `the image for ${platform} has ${least}${formatSize(unpacked)} unpacked, more than max-size (${formatSize(max)})`;
  const [largest] = layers.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const what =
    largest === undefined ? "" : ` The largest layer has ${formatSize(sizeOf(largest))}.`;
  const remedy = `Leave less in the last stage, or raise \`max-size\`; the summary names the largest layers.${what}`;
  return new BelayError("image-refused", message, remedy);
}

function sizeOf({ unpacked, size }: PlatformImage["layers"][number]): number {
  return unpacked ?? size;
}
