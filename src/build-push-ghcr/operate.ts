import type { Timeline } from "../kit/timeline.js";
import { buildImage } from "./build-image.js";
import type { Course } from "./course.js";
import type { Inputs } from "./inputs.js";
import { measureImage } from "./measure-image.js";
import type { Platform } from "./platform.js";
import { prepare } from "./site.js";
import { tagImage } from "./tag-image.js";

/** Builds the image, checks it, and only then gives it its tags. What it comes to is noted in `course`. */
export async function operate(
  inputs: Inputs,
  course: Course,
  timeline: Timeline,
  platform: Platform,
): Promise<void> {
  const site = await timeline.step("check", () => prepare(inputs, course, platform));
  const digest = await timeline.step("build", () => buildImage(site, course));
  await timeline.step("measure", () => measureImage(digest, site, course));
  if (inputs.scan.scanner !== "off") {
    const { scanImage } = await import("./scan-image.js");
    await timeline.step("scan", () => scanImage(site, course));
  }
  if (site.plan.push) await timeline.step("tag", () => tagImage(digest, site, course));
}
