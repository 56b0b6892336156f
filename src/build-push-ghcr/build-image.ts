import { join } from "node:path";
import { ociLayout, pushByDigest, type SecretSource } from "../commands/buildx.js";
import { ignoredFailures } from "./build/failure.js";
import { buildPersistently } from "./build/persistently.js";
import type { Built } from "./build/run-build.js";
import { type Cache, cacheOf } from "./cache.js";
import type { Course } from "./course.js";
import type { Site } from "./site.js";

/** What BuildKit warns of is shown as annotations, of which a step has ten. */
const mostWarnings = 5;

/** Builds the image, and pushes it under its digest alone where it is to be pushed; returns the digest. */
export async function buildImage(site: Site, course: Course): Promise<string> {
  const { inputs, plan, platform, world, login, dockerfile } = site;
  const { log, clock, signal, random } = platform;
  const secrets = secretSources(site);
  log.startGroup(`build: ${plan.image.name}`);
  const built = await buildPersistently(requestOf(site, secrets), cacheFor(site), inputs.retries, {
    ...{ log, clock, signal, random, processes: world.processes, cwd: site.cwd },
    buildx: site.buildx,
    ...{ image: plan.image, username: login?.username ?? "", file: dockerfile?.path ?? "" },
    env: { ...site.env, ...secretValues(site, secrets), BUILDX_METADATA_PROVENANCE: "disabled" },
    cacheService: world.docker.cacheService,
    onFailure: (lines) => (course.lastLines = lines),
  }).finally(() => log.endGroup());
  course.built = built;
  tellWarnings(built, site);
  for (const line of ignoredFailures(built.steps)) log.warning(line);
  return built.digest;
}

function requestOf({ inputs, plan, ...site }: Site, secrets: readonly SecretSource[]) {
  const { context, target, platforms, buildArgs, provenance, sbom } = inputs;
  const options = { rewriteTimestamps: site.world.docker.sourceDateEpoch !== "" };
  return {
    ...{ context, target, platforms, buildArgs, provenance, sbom, secrets },
    builder: site.builder.name,
    file: inputs.file || (site.dockerfile?.path ?? ""),
    ...{ labels: plan.labels, annotations: plan.annotations },
    output: plan.push ? pushByDigest(plan.image.name, options) : ociLayout(site.layout, options),
    metadataFile: join(site.scratch, "metadata.json"),
  };
}

function cacheFor({ inputs, plan, platform: { log }, world }: Site): Cache {
  const cache = cacheOf(inputs.cache, {
    ...{ image: plan.image, target: inputs.target, push: plan.push },
    hasService: Object.keys(world.docker.cacheService).length > 0,
  });
  if (cache.warning !== undefined) log.warning(cache.warning);
  return cache;
}

function secretSources({ inputs }: Site): readonly SecretSource[] {
  return inputs.secrets.map(({ name }, index) => ({
    id: name,
    variable: `BELAY_SECRET_${String(index + 1)}`,
  }));
}

function secretValues(
  { inputs }: Site,
  sources: readonly SecretSource[],
): Readonly<Record<string, string>> {
  const values = new Map(inputs.secrets.map(({ name, value }) => [name, value]));
  return Object.fromEntries(sources.map(({ id, variable }) => [variable, values.get(id) ?? ""]));
}

function tellWarnings({ warnings }: Built, { dockerfile, platform: { log } }: Site): void {
  for (const { text, url, line } of warnings.slice(0, mostWarnings)) {
    const where =
      dockerfile === undefined || line < 1 ? undefined : { file: dockerfile.path, line };
    log.warning(`${text}${url && ` (${url})`}`, where && { place: where });
  }
}
