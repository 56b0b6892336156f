import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ScanTarget } from "../commands/scanner.js";
import { BelayError } from "../kit/errors.js";
import type { Course } from "./course.js";
import type { PlatformImage } from "./image/measure.js";
import { layoutOfOne } from "./scan/layout-of-one.js";
import { mergedSarif } from "./scan/sarif.js";
import { isSarifWanted, scanAll } from "./scan/scanner.js";
import { refuseVulnerable } from "./scan/verdict.js";
import type { Site } from "./site.js";

/** Has each platform's image looked through, and refuses what is too bad. */
export async function scanImage(site: Site, course: Course): Promise<void> {
  const { inputs, platform } = site;
  try {
    await lookThrough(site, course);
  } catch (failure) {
    const isOurs = failure instanceof BelayError && !platform.signal.aborted;
    if (inputs.scan.onError === "fail" || !isOurs) throw failure;
    platform.log.warning(`${failure.message}. ${failure.remedy}`);
  }
  refuseVulnerable(course.scans ?? [], inputs.scan);
}

async function lookThrough(site: Site, course: Course): Promise<void> {
  const { inputs, platform, world, scratch, cwd } = site;
  const { log, signal } = platform;
  course.scans = await scanAll(course.images ?? [], inputs.scan, {
    ...{ processes: world.processes, log, signal, scratch, cwd },
    env: environmentOf(site),
    variables: world.docker.scannerVariables,
    dockerfile: site.dockerfile && resolve(platform.run.workspace, site.dockerfile.path),
    targetOf: (image) => targetOf(image, site),
  });
  if (isSarifWanted(inputs.scan)) await tellFindings(site, course.scans);
}

/** trivy finds the login where docker does, snyk has variables of its own. */
function environmentOf({ inputs, env, login }: Site): Readonly<Record<string, string>> {
  if (inputs.scan.scanner !== "snyk" || login === undefined) return env;
  const { username, password } = login;
  return { ...env, SNYK_REGISTRY_USERNAME: username, SNYK_REGISTRY_PASSWORD: password };
}

async function targetOf(
  image: PlatformImage,
  { plan, layout, scratch }: Site,
): Promise<ScanTarget> {
  if (!plan.push) return { kind: "layout", folder: await layoutOfOne(layout, image, scratch) };
  const reference = `${plan.image.name}@${image.digest}`;
  return { kind: "registry", reference, platform: image.platform };
}

async function tellFindings(
  { inputs: { scan, githubToken }, plan, platform, world }: Site,
  scans: NonNullable<Course["scans"]>,
): Promise<void> {
  const { run, signal } = platform;
  const sarif = mergedSarif(plan.image.name, scans);
  if (scan.sarifFile !== "") await writeFile(resolve(run.workspace, scan.sarifFile), sarif);
  if (!scan.uploadSarif) return;
  const { uploadSarif } = await import("./scan/upload-sarif.js");
  await uploadSarif(sarif, githubToken, run, world.http, signal);
}
