import { parseDockerfile } from "./build/dockerfile.js";
import type { Course } from "./course.js";
import { layerLines } from "./image/layer-lines.js";
import { OciLayout } from "./image/layout.js";
import { measure } from "./image/measure.js";
import { remembering } from "./image/remembering.js";
import type { ImageSource } from "./image/source.js";
import { refuseTooLarge, unprovenSizes } from "./max-size.js";
import type { Site } from "./site.js";

/** Measures what was built, without loading a layer, and refuses what is larger than `max-size`. */
export async function measureImage(digest: string, site: Site, course: Course): Promise<void> {
  const { inputs, plan, registry, dockerfile, platform } = site;
  const moving = plan.push ? plan.tags.find(({ kind }) => kind === "moving") : undefined;
  // Most layers are those of the image before.
  const source = remembering(plan.push ? registry : new OciLayout(site.layout));
  const [images, before] = await Promise.all([
    measure(source, digest),
    moving === undefined ? undefined : measureBefore(moving.name, source),
  ]);
  course.images = images;
  if (before !== undefined) course.before = before;
  if (dockerfile !== undefined) {
    const parsed = parseDockerfile(dockerfile.text);
    const of = images.map((image) => layerLines(image, parsed, inputs.target));
    course.lines = { file: dockerfile.path, of };
  }
  if (inputs.maxSize === undefined) return;
  course.maxSize = inputs.maxSize;
  for (const sentence of unprovenSizes(images)) platform.log.warning(sentence);
  refuseTooLarge(images, inputs.maxSize);
}

/** What a tag names now is only for comparison: nothing about it is a failure. */
async function measureBefore(tag: string, source: ImageSource): Promise<Course["before"]> {
  try {
    return { tag, images: await measure(source, tag) };
  } catch {
    return undefined;
  }
}
