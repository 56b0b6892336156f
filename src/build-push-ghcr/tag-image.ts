import { BelayError } from "../kit/errors.js";
import type { Course } from "./course.js";
import type { Site } from "./site.js";
import { putTags } from "./tagging/put-tags.js";

/** Gives the image `digest` its tags, and says which it did not get. */
export async function tagImage(digest: string, site: Site, course: Course): Promise<void> {
  const { inputs, plan, platform, history, registry } = site;
  const { run, clock, log } = platform;
  const image = await registry.manifest(digest);
  if (image === undefined) {
    const remedy = "Have clean-ups of untagged images spare those younger than a day.";
    throw new BelayError("image-refused", `${digest} was deleted before it got a tag`, remedy);
  }
  const wish = {
    ...{ tags: plan.tags, sha: run.sha, runNumber: run.number, overwrite: inputs.overwrite },
    age: { history, committedAt: plan.committedAt },
  };
  const tagged = await putTags(image, wish, registry, clock);
  course.tagged = tagged;
  for (const [name, why] of tagged.skipped)
    log.warning(`the tag ${name} stays where it is: ${why}`);
  if (tagged.failure !== undefined) throw tagged.failure;
}
