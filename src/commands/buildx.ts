/** Starts buildx by Docker's client. The commands below are what follows it, or a path of buildx itself. */
export const dockerBuildx: readonly string[] = ["docker", "buildx"];

/** What buildx shall build, and where to. */
export interface BuildRequest {
  readonly builder: string;
  readonly context: string;
  /** Empty: the Dockerfile of the context. */
  readonly file: string;
  readonly target: string;
  readonly platforms: readonly string[];
  /** `name=value`, as the three below them. */
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly buildArgs: readonly string[];
  readonly secrets: readonly SecretSource[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly provenance: string;
  readonly sbom: string;
  readonly output: string;
  readonly metadataFile: string;
}

/** A secret of the build, and the variable of buildx that holds it: no command line and no file does. */
export interface SecretSource {
  readonly id: string;
  readonly variable: string;
}

/** Builds, and tells how it goes as one JSON text a line on standard error. */
export function build(request: BuildRequest): readonly string[] {
  const { platforms, target, secrets, file } = request;
  return [
    ...["build", "--builder", request.builder, "--progress", "rawjson"],
    ...(file === "" ? [] : ["--file", file]),
    ...(target === "" ? [] : ["--target", target]),
    ...(platforms.length === 0 ? [] : ["--platform", platforms.join(",")]),
    ...each("--label", request.labels),
    ...each("--annotation", request.annotations),
    ...each("--build-arg", request.buildArgs),
    ...each(
      "--secret",
      secrets.map(({ id, variable }) => `id=${id},env=${variable}`),
    ),
    ...each("--cache-from", request.cacheFrom),
    ...each("--cache-to", request.cacheTo),
    ...[`--provenance=${request.provenance}`, `--sbom=${request.sbom}`],
    ...["--output", request.output, "--metadata-file", request.metadataFile],
    ...["--", request.context],
  ];
}

/** An output that is pushed under its digest alone. */
export function pushByDigest(image: string, options: ImageOptions): string {
  const where = `type=image,name=${image},push-by-digest=true,name-canonical=true,push=true`;
  return `${where},${imageOptions(options)}`;
}

/** An output into a folder that holds the image as an OCI layout. */
export function ociLayout(folder: string, options: ImageOptions): string {
  return csv(["type=oci", `dest=${folder}`, "tar=false", imageOptions(options)]);
}

export interface ImageOptions {
  /** Sets the times of all files too, to those that SOURCE_DATE_EPOCH names. */
  readonly rewriteTimestamps: boolean;
}

function imageOptions({ rewriteTimestamps }: ImageOptions): string {
  return `oci-mediatypes=true${rewriteTimestamps ? ",rewrite-timestamp=true" : ""}`;
}

/** Tells of a builder: of the one in use where `name` is empty. */
export function inspectBuilder(name: string): readonly string[] {
  return ["inspect", ...(name === "" ? [] : [name])];
}

/** What `inspectBuilder` printed. */
export interface BuilderDescription {
  readonly name: string;
  readonly driver: string;
  /** Why it cannot be reached; empty when it can. */
  readonly error: string;
}

export function parseBuilder(output: string): BuilderDescription {
  const field = (name: string): string =>
    new RegExp(`^${name}:[ \\t]+(\\S.*)$`, "m").exec(output)?.[1]?.trim() ?? "";
  return { name: field("Name"), driver: field("Driver"), error: field("Error") };
}

/** Makes a builder that runs in a container; it is started by its first use. */
export function createBuilder(
  name: string,
  { hostNetwork }: { readonly hostNetwork: boolean },
): readonly string[] {
  const network = hostNetwork ? ["--driver-opt", "network=host"] : [];
  const driver = ["--driver", "docker-container", ...network];
  return ["create", "--name", name, ...driver];
}

/** Starts a builder that does not run yet. */
export function startBuilder(name: string): readonly string[] {
  return ["inspect", "--bootstrap", name];
}

/** Removes a builder with its container and its cache. */
export function removeBuilder(name: string): readonly string[] {
  return ["rm", "--force", name];
}

function each(option: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => [option, value]);
}

/** A field with a comma or a quote stands in quotes, the last of `fields` is several already. */
function csv(fields: readonly string[]): string {
  const quoted = fields
    .slice(0, -1)
    .map((field) => (/[,"]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return [...quoted, ...fields.slice(-1)].join(",");
}
